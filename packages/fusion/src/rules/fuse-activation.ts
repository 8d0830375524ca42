import {
  Weight,
  attr,
  constant,
  decline,
  getAttr,
  op,
  oneOf,
  replaceBy,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { perChannel } from '../affine.js';
import { biasConstant, fusedForm } from '../build.js';
import { FUSABLE_OPS, readLinear, type Linear } from '../linear.js';
import { reshaped } from '../permute.js';
import { fusedOp } from './fuse-bias.js';

/** Activations without parameters that every fused kernel of every backend computes. */
const PLAIN = ['Relu', 'Relu6', 'Elu', 'Sigmoid'];
const FUSABLE = op(FUSABLE_OPS, { as: 'linear' });

/**
 * Moves an activation into the op in front of it:
 *
 *     f(x ∗ W + b) = fused(x, W, b, f)
 *
 * for f among Relu, Relu6, Elu, Sigmoid, LeakyRelu and Prelu with constant slopes. TensorFlow.js'
 * executor takes an activation only behind a bias, so a missing bias becomes zeros. Not fused: a
 * LeakyRelu behind a depthwise convolution, whose slope the executor does not hand on.
 */
export function fuseActivation(): Rule {
  return {
    name: 'fuse-activation',
    identity: 'f(x ∗ W + b) = fused(x, W, b, f)',
    takes: 'activation',
    pattern: oneOf(
      op([...PLAIN, 'LeakyRelu'], { as: 'activation', inputs: [FUSABLE] }),
      op('Prelu', { as: 'activation', inputs: [FUSABLE, constant('slope')] }),
    ),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.node('linear');
  const linear = readLinear(node, context);
  if (typeof linear === 'string') return decline(linear, node);
  if (linear.activation !== undefined && !impliedBy(match.node('activation'), linear))
    return decline(`has its activation already (${linear.activation})`, node);
  const fused = fusedOp(linear);
  if (typeof fused === 'string') return decline(fused, node);
  const activation = readActivation(match, linear, context);
  if (typeof activation === 'string') return decline(activation, match.node('activation'));
  const bias = linear.bias ?? biasConstant(linear, new Float32Array(linear.outputs), context);
  return replaceBy(...fusedForm(linear, fused.op, bias, activation));
}

/** relu6(relu(x)) = relu6(x) and relu(relu(x)) = relu(x): the later activation is all there is. */
function impliedBy({ op: later }: Node, { activation }: Linear): boolean {
  return activation === 'Relu' && (later === 'Relu6' || later === 'Relu');
}

type Activation = NonNullable<Parameters<typeof fusedForm>[3]>;

function readActivation(match: Match, linear: Linear, context: RuleContext): Activation | string {
  const node: Node = match.node('activation');
  if (node.op === 'LeakyRelu') {
    if (linear.kind === 'depthwise')
      return 'has a slope that the executor does not hand to depthwise kernels';
    const alpha = getAttr(node, 'alpha', 'float') ?? 0.2;
    return { name: 'LeakyRelu', args: [], attrs: { leakyrelu_alpha: attr.float(alpha) } };
  }
  if (node.op !== 'Prelu') return { name: node.op, args: [], attrs: {} };
  const value = match.value('slope');
  const slope = match.weight('slope');
  const { outputs, rank } = linear;
  const slopes = perChannel(slope, { count: outputs, rank });
  if (slopes === undefined) return `has slopes of shape [${slope.shape.join(',')}], not one a channel`;
  if (slope.shape.length === 1 && slope.size === outputs) return { name: 'Prelu', args: [value], attrs: {} };
  const vector =
    slope.size === outputs ? reshaped(slope, [outputs]) : Weight.of(Float32Array.from(slopes), [outputs]);
  return { name: 'Prelu', args: [context.constant(vector, { name: value, instead: value })], attrs: {} };
}
