import {
  any,
  constant,
  decline,
  op,
  optional,
  replaceBy,
  type GraphView,
  type Match,
  type Outcome,
  type Pattern,
  type Rule,
  type RuleContext,
  type ValueId,
} from '@tfjs-optimize/core';
import {
  BATCH_NORM_OPS,
  affineWord,
  isZero,
  perChannel,
  readAffine,
  type Affine,
  type Channels,
} from '../affine.js';
import { fitsFloat32 } from '../broadcast.js';
import { biasConstant, rebuilt, withBias } from '../build.js';
import { constantPad, PAD_OPS, type ConstantPad } from '../pad.js';
import { kernelValues, scaledKernel, type WeightOptions } from '../kernel.js';
import { LINEAR_OPS, inputFactorShape, isUnpadded, readLinear, type Linear } from '../linear.js';
import { affineAround } from './patterns.js';
import { RESHAPES, lastSize } from './reshape.js';

/** Reshapes and pads around what is folded, then the linear op that takes it: its input is the first or the third. */
function pattern(): Pattern {
  const reshaped = optional(
    (x) => op(RESHAPES, { as: 'reshape', inputs: [x], rest: { as: 'shape' } }),
    affineAround(any('x')),
  );
  const padded = optional(
    (x) => op(PAD_OPS, { as: 'pad', inputs: [x, constant()], rest: { each: constant() } }),
    reshaped,
  );
  const ops = LINEAR_OPS.filter((name) => name !== 'Conv2DBackpropInput');
  return {
    kind: 'oneOf',
    patterns: [
      op(ops, { as: 'linear', inputs: [padded], rest: {} }),
      op('Conv2DBackpropInput', { as: 'linear', inputs: [any(), any(), padded] }),
    ],
  };
}

/**
 * Folds what stands in front of a convolution or matrix product into its kernel and bias:
 *
 *     (x·s + t) ∗ W = x ∗ (W·s) + (t ∗ W)
 *
 * where s and t have one number an input channel and t ∗ W sums W·t over everything but the output
 * channels. The sum is the same at every position only where no zeros are padded, so a shift t ≠ 0
 * is folded into unpadded convolutions only; a scale is exact everywhere. With an explicit Pad of
 * value p in between,
 *
 *     pad_p(x·s + t) = pad_q(x)·s + t   where q = (p − t)/s
 *
 * which takes one q for all channels; with t = p = 0 that is q = 0. A transposed convolution takes a
 * scale only: its border sees fewer taps.
 *
 * With a reshape in between, as behind Flatten, in front of Conv1D and around batch norm on rows, s and
 * t are repeated: elements in a row keep their order, so that element i of the new last axis belongs to
 * channel i mod C, provided that C divides that axis.
 *
 * A matrix whose file stores it in few bits takes no scale unless it may become float32: it would be
 * multiplied in every run, which is as much work as the product itself.
 */
export function foldBefore(options: WeightOptions = {}): Rule {
  return {
    name: 'fold-before',
    identity: '(x·s + t) ∗ W = x ∗ (W·s) + (t ∗ W)',
    takes: affineWord,
    taker: 'root',
    pattern: pattern(),
    apply: (match, context) => fold(match, context, options),
  };
}

function fold(match: Match, context: RuleContext, options: WeightOptions): Outcome {
  const node = match.node('linear');
  const linear = readLinear(node, context);
  if (typeof linear === 'string') return decline(linear, node);
  if (linear.transposed.a) return decline('reads its input transposed', node);
  const affine = affineInput(match, linear, context);
  if (typeof affine === 'string') return decline(affine, match.node('affine'));
  if (!isZero(affine.shift) && !isUnpadded(linear)) {
    return decline(`pads with zeros, which the shift of ${affine.node.name} does not reach`, node);
  }
  if (affine.scale !== undefined && isStoredMatrix(linear, context, options)) {
    const reason =
      "is stored in few bits and would be multiplied in each run (quantizedWeights: 'expand' folds it)";
    return decline(reason, node);
  }
  const reshaped = (x: ValueId): ValueId => (match.has('reshape') ? reshapeOf(match, x, context) : x);
  if (!match.has('pad')) return foldInto(linear, affine, reshaped(affine.x), context, options);
  const x = throughPad(match, affine, reshaped, context);
  return typeof x === 'object' ? x : foldInto(linear, affine, x, context, options);
}

/** The affine op with one number for each input channel of the linear op, or why it has none. */
function affineInput(match: Match, linear: Linear, context: RuleContext): Affine | string {
  const node = match.node('affine');
  const { shape } = context.type(node.name);
  const own = { count: linear.inputs, rank: linear.rank };
  if (!match.has('reshape')) {
    const affine = readAffine(node, own, context);
    return typeof affine === 'string' ? affine : (makesLarger(affine, own, context) ?? affine);
  }
  const count = shape?.at(-1) ?? -1;
  if (shape === undefined || count <= 0) return 'works on a number of channels that is not known';
  if (match.has('pad') && lastSize(match.node('reshape').name, context) !== linear.inputs) {
    return 'is reshaped to channels that a pad adds to, or may add to';
  }
  if (linear.inputs % count !== 0) return `works on ${count} channels, which do not make up ${linear.inputs}`;
  const channels = { count, rank: shape.length };
  const affine = readAffine(node, channels, context);
  if (typeof affine === 'string') return affine;
  return makesLarger(affine, channels, context) ?? repeated(affine, linear.inputs);
}

/**
 * Why the constant of an affine op may make its input larger, as three means do that are taken from a
 * grey image: without the op the input would not fit any more.
 */
function makesLarger({ node, x }: Affine, { count, rank }: Channels, view: GraphView): string | undefined {
  if ((BATCH_NORM_OPS as readonly string[]).includes(node.op)) return undefined;
  const weight = node.inputs.map((value) => view.weight(value)).find((found) => found !== undefined);
  if (weight === undefined || weight.shape.length === 0) return undefined;
  const { shape } = view.type(x);
  if (shape === undefined) return 'may make its input larger, whose shape is not known';
  const last = shape.at(-1);
  const keepsLast = weight.shape.at(-1) === 1 || last === count;
  return keepsLast && shape.length === rank ? undefined : 'makes its input larger, or may do so';
}

/** s and t for a longer last axis. */
function repeated(affine: Affine, count: number): Affine {
  const repeat = (values: Float64Array | undefined): Float64Array | undefined =>
    values && Float64Array.from({ length: count }, (_, i) => values[i % values.length] as number);
  return { ...affine, scale: repeat(affine.scale), shift: repeat(affine.shift) };
}

function isStoredMatrix(
  linear: Linear,
  view: GraphView,
  { quantizedWeights = 'keep' }: WeightOptions,
): boolean {
  if (linear.kind !== 'matmul' || quantizedWeights !== 'keep') return false;
  return view.weight(linear.kernel)?.encoding.kind !== 'plain';
}

/** The reshape of the match around another value. */
function reshapeOf(match: Match, x: ValueId, context: RuleContext): ValueId {
  const { op: name, attrs, name: wish } = match.node('reshape');
  return context.make(name, [x, ...match.list('shape')], attrs, wish);
}

/** The pad moved in front of the affine op; an outcome when that is not exact. */
function throughPad(
  match: Match,
  affine: Affine,
  reshaped: (x: ValueId) => ValueId,
  context: RuleContext,
): ValueId | Outcome {
  const node = match.node('pad');
  const pad = constantPad(node, context);
  if (pad === undefined) return decline('pads by amounts that are no constants', node);
  const value = valueBefore(pad, affine);
  if (value === undefined) {
    return decline(`pads with ${pad.value}, which is no one number in front of ${affine.node.name}`, node);
  }
  return pad.around(reshaped(affine.x), value, context);
}

/** q = (p − t)/s where it is the same, and finite, in every channel. */
function valueBefore(pad: ConstantPad, { scale, shift }: Affine): number | undefined {
  const count = (scale ?? shift)?.length ?? 1;
  const values = new Set<number>();
  for (let c = 0; c < count; c++) {
    const q = (pad.value - (shift?.[c] ?? 0)) / (scale?.[c] ?? 1);
    // 0/0: the channel is constant, whatever stands in front of it.
    if (Number.isNaN(q) && scale?.[c] === 0) continue;
    values.add(q === 0 ? 0 : Math.fround(q));
    if (Math.fround(q) !== q) return undefined;
  }
  const [first = 0, ...others] = values;
  return others.length === 0 && Number.isFinite(first) ? first : undefined;
}

function foldInto(
  linear: Linear,
  { scale, shift }: Affine,
  x: ValueId,
  context: RuleContext,
  options: WeightOptions,
): Outcome {
  const old = biasOf(linear, context);
  if (old === undefined) return decline('its bias is not one constant a channel', linear.node);
  const added = isZero(shift) ? undefined : shiftThrough(linear, shift as Float64Array, context);
  const bias = added?.map((value, c) => value + (old[c] as number));
  if (bias !== undefined && !fitsFloat32(bias)) return decline('its folded bias is not finite', linear.node);
  let kernel: ValueId | undefined = linear.kernel;
  if (scale !== undefined) {
    kernel = scaledKernel(linear, scale, inputFactorShape(linear), context, options);
    if (kernel === undefined) return decline('its folded kernel is not finite', linear.node);
  }
  if (bias === undefined) return replaceBy(...rebuilt(linear, { x, kernel }));
  const vector = biasConstant(linear, bias, context);
  if (linear.isFused) return replaceBy(...rebuilt(linear, { x, kernel, bias: vector }));
  const [name, inputs, attrs] = rebuilt(linear, { x, kernel });
  return withBias(context.make(name, inputs, attrs, `${linear.node.name}/product`), vector);
}

/** The bias inside the op, zeros where it has none. */
function biasOf(linear: Linear, context: RuleContext): Float64Array | undefined {
  if (linear.bias === undefined) return new Float64Array(linear.outputs);
  const weight = context.weight(linear.bias);
  return weight && perChannel(weight, { count: linear.outputs, rank: 1 });
}

/** t ∗ W: for each output channel the sum of W·t over kernel positions and input channels. */
function shiftThrough(linear: Linear, shift: Float64Array, context: RuleContext): Float64Array {
  const { kind, inputs, outputs, transposed } = linear;
  const values = kernelValues(linear.kernel, context);
  const sums = new Float64Array(outputs);
  for (let i = 0; i < values.length; i++) {
    const [input, output] = transposed.b
      ? [i % inputs, Math.floor(i / inputs)]
      : [inputOf(i, kind, inputs, outputs), i % outputs];
    sums[output] = (sums[output] as number) + (values[i] as number) * (shift[input] as number);
  }
  return sums;
}

/** Input channel of a kernel element. Depthwise: element [.., c, m] has output c·M + m and input c. */
function inputOf(i: number, kind: Linear['kind'], inputs: number, outputs: number): number {
  return kind === 'depthwise'
    ? Math.floor((i % outputs) / (outputs / inputs))
    : Math.floor(i / outputs) % inputs;
}
