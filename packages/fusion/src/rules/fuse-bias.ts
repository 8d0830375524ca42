import {
  decline,
  op,
  replaceBy,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { readAffine } from '../affine.js';
import { biasConstant, fusedForm } from '../build.js';
import { FUSABLE_OPS, readLinear, type Linear } from '../linear.js';
import { additive } from './patterns.js';

/** A linear op that has no bias yet. */
const BARE = op(
  FUSABLE_OPS.filter((name) => !/fused/i.test(name)),
  { as: 'linear' },
);

/**
 * Moves an added constant into the op in front of it:
 *
 *     (x ∗ W) + b = fused(x, W, b)
 *
 * for `_FusedConv2D`, `FusedDepthwiseConv2dNative` and `_FusedMatMul`. b has one number an output
 * channel in any shape that broadcasts so: [c], [1, 1, 1, c], or a single number.
 */
export function fuseBias(): Rule {
  return {
    name: 'fuse-bias',
    identity: '(x ∗ W) + b = fused(x, W, b)',
    takes: 'bias',
    pattern: additive(BARE),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.node('linear');
  const linear = readLinear(node, context);
  if (typeof linear === 'string') return decline(linear, node);
  const fused = fusedOp(linear);
  if (typeof fused !== 'object') return decline(fused, node);
  const root = match.node('affine');
  const affine = readAffine(root, { count: linear.outputs, rank: linear.rank }, context);
  if (typeof affine === 'string') return decline(affine, root);
  const old = root.inputs.find((value) => context.weight(value)?.shape.join() === String(linear.outputs));
  const bias =
    old !== undefined && root.op !== 'Sub' ? old : biasConstant(linear, affine.shift ?? [], context);
  return replaceBy(...fusedForm(linear, fused.op, bias));
}

/**
 * The fused form of a linear op, or why it must not be used. On the wasm backend `_FusedMatMul` adds
 * its bias wrongly when an operand is transposed.
 */
export function fusedOp(linear: Linear): { readonly op: string } | string {
  if (linear.fused === undefined) return `has no form with a bias (${linear.node.op})`;
  if (linear.transposed.a || linear.transposed.b) {
    return 'has a transposed operand, with which the wasm backend adds a bias wrongly';
  }
  return { op: linear.fused };
}
