import {
  any,
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
} from '@tfjs-optimize/core';
import { BATCH_NORM_OPS, readAffine } from '../affine.js';
import { readLinear } from '../linear.js';
import { reshaped } from '../permute.js';
import { fusedOp } from './fuse-bias.js';
import { affineAround } from './patterns.js';

/** A matrix product that can still take something. */
const PRODUCT = any('x', isOpenProduct);
const RESHAPED = op('Reshape', { as: 'reshape', inputs: [PRODUCT, any('shape')] });

/**
 * Moves what stands behind a reshaped matrix product in front of the reshape, where it can be fused:
 *
 *     f(reshape(x·W)) = reshape(f(x·W))
 *
 * for activations f, and for batch norms and constants with one number for each of the last axis'
 * elements, where the reshape keeps that axis. So written are dense layers on sequences (product,
 * reshape, bias, activation) and batch norm on rows.
 */
export function sinkReshape(): Rule {
  return {
    name: 'sink-reshape',
    identity: 'f(reshape(x·W)) = reshape(f(x·W))',
    takes: 'what follows its reshape',
    pattern: oneOf(
      op(['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu'], { as: 'activation', inputs: [RESHAPED] }),
      affineAround(RESHAPED),
    ),
    apply,
  };
}

function isOpenProduct(value: ValueId, view: GraphView): Verdict {
  const node = view.producer(value);
  if (node.op !== 'MatMul' && node.op !== '_FusedMatMul') return `is a ${node.op}, not a matrix product`;
  if (view.users(node.name).size > 1 || view.isOutput(node.name)) return 'its output has another user';
  const linear = readLinear(node, view);
  if (typeof linear === 'string') return linear;
  if (linear.activation !== undefined) return `has its activation already (${linear.activation})`;
  const fused = fusedOp(linear);
  return typeof fused === 'string' ? fused : true;
}

function apply(match: Match, context: RuleContext): Outcome {
  const x = match.value('x');
  const reshape = match.node('reshape');
  const back = (inner: ValueId): Outcome =>
    replaceBy('Reshape', [inner, match.value('shape')], reshape.attrs);
  if (match.has('activation')) {
    const node = match.node('activation');
    return back(context.make(node.op, [x], node.attrs, reshape.name));
  }
  const node = match.node('affine');
  const linear = readLinear(context.producer(x), context);
  if (typeof linear === 'string') return decline(linear, context.producer(x));
  const sizes = shapeOperand(match.value('shape'), context);
  if (sizes?.[sizes.length - 1] !== linear.outputs) return decline('does not keep the last axis', reshape);
  const affine = readAffine(node, { count: linear.outputs, rank: sizes.length }, context);
  if (typeof affine === 'string') return decline(affine, node);
  return back(context.make(node.op, operands(node, reshape, x, context), node.attrs, reshape.name));
}

/** The operands of the moved node: the product for its reshape, constants as vectors. */
function operands(node: Node, reshape: Node, x: ValueId, context: RuleContext): ValueId[] {
  if ((BATCH_NORM_OPS as readonly string[]).includes(node.op)) return [x, ...node.inputs.slice(1)];
  return node.inputs.map((value) => {
    if (value === reshape.name) return x;
    const weight = context.weight(value);
    if (weight === undefined || weight.shape.length <= 1) return value;
    return context.constant(reshaped(weight, [weight.size]), { name: value, instead: value });
  });
}

/** What is known of the numbers that a reshape goes to: a constant, or constants and others packed. */
function shapeOperand(value: ValueId, view: GraphView): readonly (number | undefined)[] | undefined {
  const weight = view.weight(value);
  if (weight !== undefined) return [...weight.numbers()];
  const node = view.producer(value);
  if (node.op !== 'Pack') return undefined;
  return node.inputs.map((part) => view.weight(part)?.numbers()[0]);
}
