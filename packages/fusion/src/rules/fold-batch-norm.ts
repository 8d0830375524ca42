import {
  decline,
  op,
  oneOf,
  replaceBy,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
} from '@tfjs-optimize/core';
import { affineWord, isZero, perChannel, readAffine, type Affine, type Channels } from '../affine.js';
import { biasConstant, rebuilt, withBias } from '../build.js';
import { fitsFloat32 } from '../broadcast.js';
import { scaledKernel, type WeightOptions } from '../kernel.js';
import { FUSABLE_OPS, outputFactorShape, readLinear, type Linear } from '../linear.js';
import { BIASED, LINEAR, additive, multiplicative } from './patterns.js';

/** A fused op, whose bias an addition can join. */
const WITH_BIAS_INSIDE = op(
  FUSABLE_OPS.filter((name) => /fused/i.test(name)),
  { as: 'linear' },
);

/**
 * Folds what follows a convolution or matrix product into its kernel and bias:
 *
 *     (x ∗ W + b)·s + t = x ∗ (W·s) + (b·s + t)
 *
 * where s and t have one number an output channel. A batch norm is s = γ/√(variance + ε),
 * t = β − mean·s (Jacob et al. 2018, section 3.2); a multiplication has t = 0, an addition s = 1. A
 * depthwise kernel [h, w, c, m] takes s as [c, m], a transposed one [h, w, out, in] as [out, 1].
 * s and t are computed in double precision; W·s is rounded once.
 */
export function foldBatchNorm(options: WeightOptions = {}): Rule {
  return {
    name: 'fold-batch-norm',
    identity: '(x ∗ W + b)·s + t = x ∗ (W·s) + (b·s + t)',
    takes: affineWord,
    pattern: oneOf(multiplicative(oneOf(LINEAR, BIASED)), additive(oneOf(WITH_BIAS_INSIDE, BIASED))),
    apply: (match, context) => fold(match, context, options),
  };
}

function fold(match: Match, context: RuleContext, options: WeightOptions): Outcome {
  const node = match.node('linear');
  const linear = readLinear(node, context);
  if (typeof linear === 'string') return decline(linear, node);
  if (linear.activation !== undefined) return decline(`has ${linear.activation} in between`, node);
  const channels: Channels = { count: linear.outputs, rank: linear.rank };
  const affine = readAffine(match.node('affine'), channels, context);
  if (typeof affine === 'string') return decline(affine, match.node('affine'));
  const bias = biasBefore(match, linear, channels, context);
  if (typeof bias === 'string') return decline(bias, node);
  return foldInto(linear, affine, bias, context, options);
}

/** Bias of the linear op, fused or in a node of its own; undefined when it has none. */
function biasBefore(
  match: Match,
  linear: Linear,
  channels: Channels,
  context: RuleContext,
): Float64Array | undefined | string {
  const vectors: Float64Array[] = [];
  if (linear.bias !== undefined) {
    const weight = context.weight(linear.bias);
    const inside = weight && perChannel(weight, { count: linear.outputs, rank: 1 });
    if (inside === undefined) return 'its bias is not one constant a channel';
    vectors.push(inside);
  }
  if (match.has('bias')) {
    const added = readAffine(match.node('bias'), channels, context);
    if (typeof added === 'string') return `the bias behind it ${added}`;
    if (added.shift !== undefined) vectors.push(added.shift);
  }
  const [first, second] = vectors;
  return first && second ? first.map((value, c) => value + (second[c] as number)) : first;
}

function foldInto(
  linear: Linear,
  { scale, shift }: Affine,
  bias: Float64Array | undefined,
  context: RuleContext,
  options: WeightOptions,
): Outcome {
  const total = Float64Array.from({ length: linear.outputs }, (_, c) => {
    return (bias?.[c] ?? 0) * (scale?.[c] ?? 1) + (shift?.[c] ?? 0);
  });
  if (!fitsFloat32(total)) return decline('its folded bias is not finite', linear.node);
  let kernel: ValueId | undefined = linear.kernel;
  if (scale !== undefined) {
    kernel = scaledKernel(linear, scale, outputFactorShape(linear), context, options);
    if (kernel === undefined) return decline('its folded kernel is not finite', linear.node);
  }
  if (!linear.isFused && isZero(total)) return replaceBy(...rebuilt(linear, { kernel }));
  const newBias = biasConstant(linear, total, context);
  if (linear.isFused) return replaceBy(...rebuilt(linear, { kernel, bias: newBias }));
  const [name, inputs, attrs] = rebuilt(linear, { kernel });
  return withBias(context.make(name, inputs, attrs, linear.node.name), newBias);
}
