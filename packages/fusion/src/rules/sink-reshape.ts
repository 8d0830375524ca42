import {
  any,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  type GraphView,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
  type Verdict,
  type Weight,
} from '@tfjs-optimize/core';
import { AFFINE_OPS, BATCH_NORM_OPS, affineWord, perChannel, readAffine, type Channels } from '../affine.js';
import { FUSABLE_OPS, readLinear, type Linear } from '../linear.js';
import { reshaped } from '../permute.js';
import { fusedOp } from './fuse-bias.js';
import { affineAround } from './patterns.js';
import { RESHAPES, lastSize } from './reshape.js';

const RESHAPED = op(RESHAPES, {
  as: 'reshape',
  inputs: [any('x', leadsToOpenLinear)],
  rest: { as: 'shape' },
});

/**
 * Moves what stands behind a reshaped convolution or matrix product in front of the reshape, where it
 * can be fused:
 *
 *     f(reshape(x ∗ W)) = reshape(f(x ∗ W))
 *
 * for activations f, and for batch norms, constants and slopes with one number for each of the last
 * axis' elements, where the reshape (Reshape, Squeeze, ExpandDims) keeps that axis. So written are dense
 * layers on sequences (product, reshape, bias, activation), one-dimensional convolutions, which are rows
 * of an image, and batch norm on rows.
 */
export function sinkReshape(): Rule {
  return {
    name: 'sink-reshape',
    identity: 'f(reshape(x ∗ W)) = reshape(f(x ∗ W))',
    takes: (taken) => (AFFINE_OPS.includes(taken.op) ? affineWord(taken) : 'activation'),
    pattern: oneOf(
      op(['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu'], { as: 'activation', inputs: [RESHAPED] }),
      op('Prelu', { as: 'activation', inputs: [RESHAPED, constant('slope')] }),
      affineAround(RESHAPED),
    ),
    apply,
  };
}

function leadsToOpenLinear(value: ValueId, view: GraphView): Verdict {
  const linear = openLinear(value, view);
  return typeof linear === 'string' ? linear : true;
}

/** The linear op behind a value, or behind its reshapes, that can still take something; or why there is none. */
function openLinear(value: ValueId, view: GraphView): Linear | string {
  const node = view.producer(value);
  const isReshape = RESHAPES.includes(node.op);
  if (!isReshape && !FUSABLE_OPS.includes(node.op)) {
    return `is a ${node.op}, not a convolution or matrix product that could take it`;
  }
  if (view.isOutput(node.name)) return 'its output is an output of the model';
  if (view.users(node.name).size > 1) return 'its output has another user';
  if (isReshape) return openLinear(node.inputs[0] as ValueId, view);
  const linear = readLinear(node, view);
  if (typeof linear === 'string') return linear;
  if (linear.activation !== undefined) return `has its activation already (${linear.activation})`;
  const fused = fusedOp(linear);
  return typeof fused === 'string' ? fused : linear;
}

function apply(match: Match, context: RuleContext): Outcome {
  const x = match.value('x');
  const reshape = match.node('reshape');
  const linear = openLinear(x, context);
  if (typeof linear === 'string') return decline(linear, context.producer(x));
  const node = match.node(match.has('activation') ? 'activation' : 'affine');
  if (node.inputs.length > 1) {
    const reason = meetsChannels(match, node, linear, context);
    if (typeof reason === 'object') return reason;
  }
  const inner = context.make(node.op, operands(node, reshape, x, context), node.attrs, reshape.name);
  return replaceBy(reshape.op, [inner, ...match.list('shape')], reshape.attrs);
}

/** Whether the constants of a node have one number for each channel on both sides of the reshape. */
function meetsChannels(match: Match, node: Node, linear: Linear, context: RuleContext): true | Outcome {
  const reshape = match.node('reshape');
  const count = linear.outputs;
  if (lastSize(reshape.name, context) !== count || lastSize(match.value('x'), context) !== count) {
    return decline('does not keep the last axis', reshape);
  }
  const channels: Channels = { count, rank: context.type(reshape.name).shape?.length ?? 1 };
  if (match.has('slope')) {
    return (
      perChannel(match.weight('slope'), channels) !== undefined ||
      decline('has slopes that are not one a channel', node)
    );
  }
  const affine = readAffine(node, channels, context);
  return typeof affine === 'object' || decline(affine, node);
}

/** The operands of the moved node: what is reshaped for its reshape, constants as vectors. */
function operands(node: Node, reshape: Node, x: ValueId, context: RuleContext): ValueId[] {
  if ((BATCH_NORM_OPS as readonly string[]).includes(node.op)) return [x, ...node.inputs.slice(1)];
  return node.inputs.map((value) => {
    if (value === reshape.name) return x;
    const weight = context.weight(value);
    if (weight === undefined || weight.shape.length <= 1) return value;
    const place = (each: Weight): Weight => reshaped(each, [each.size]);
    return context.constant(place(weight), { name: value, instead: value, of: { weight: value, place } });
  });
}
