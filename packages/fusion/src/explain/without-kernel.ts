import { decline, op, oneOf, type Outcome, type Pattern, type Rule } from '@tfjs-optimize/core';
import { FUSABLE_OPS, LINEAR_OPS } from '../linear.js';
import { additive } from '../rules/patterns.js';

/** Activations that fused kernels take, and others that people put behind a convolution. */
const FUSED = ['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu', 'Prelu'];
const OTHERS = ['Tanh', 'Selu', 'Softplus', 'Softmax', 'Erf', 'ClipByValue'];
export const ACTIVATIONS: readonly string[] = [...FUSED, ...OTHERS];
/** Linear ops that have no form with bias and activation. */
const UNFUSABLE = LINEAR_OPS.filter((name) => !FUSABLE_OPS.includes(name));

const WORDS: Readonly<Record<string, string>> = {
  Conv2D: 'a convolution',
  _FusedConv2D: 'a convolution',
  DepthwiseConv2dNative: 'a depthwise convolution',
  FusedDepthwiseConv2dNative: 'a depthwise convolution',
  Conv2DBackpropInput: 'a transposed convolution',
  Conv3D: 'a 3-D convolution',
  MatMul: 'a matrix product',
  _FusedMatMul: 'a matrix product',
};

/**
 * What cannot be fused because stock TensorFlow.js has no kernel for it, in the form of rules that always
 * decline: they are for explanations only.
 */
export function rulesWithoutKernel(): readonly Rule[] {
  const anyLinear = op(LINEAR_OPS, { as: 'linear' });
  const unfusable = op(UNFUSABLE, { as: 'linear' });
  const depthwise = op('DepthwiseConv2dNative', { as: 'linear' });
  return [
    explaining('activation', unary(OTHERS, oneOf(anyLinear, additive(unfusable))), (name) => name),
    explaining('activation', unary(FUSED, oneOf(unfusable, additive(unfusable))), (name) => name),
    explaining('bias', additive(unfusable), () => 'a bias'),
    explaining(
      'convolution',
      op(['Conv2D', '_FusedConv2D'], { inputs: [depthwise], rest: {} }),
      () => 'a convolution',
    ),
  ];
}

function unary(ops: readonly string[], x: Pattern): Pattern {
  return op(ops, { inputs: [x], rest: {} });
}

function explaining(takes: string, pattern: Pattern, what: (op: string) => string): Rule {
  return {
    name: 'no-fused-kernel',
    identity: 'none',
    takes,
    pattern,
    apply: (match): Outcome => {
      const linear = match.node('linear');
      const word = WORDS[linear.op] ?? linear.op;
      return decline(
        `stock TensorFlow.js has no fused kernel for ${word} with ${what(match.root.op)} behind it`,
        linear,
      );
    },
  };
}
