import { getAttr, type GraphView, type Node, type ValueId, type Weight } from '@tfjs-optimize/core';
import { isChannelsFirst } from './linear.js';

/** Batch norms as graph models have them. */
export const BATCH_NORM_OPS = ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'] as const;
/** Ops that multiply or add; affine when one operand is a constant. */
export const ARITHMETIC_OPS = ['Mul', 'RealDiv', 'AddV2', 'Add', 'BiasAdd', 'Sub', 'Neg'] as const;
/** Every op that {@link readAffine} understands. */
export const AFFINE_OPS: readonly string[] = [...BATCH_NORM_OPS, ...ARITHMETIC_OPS];
/** Batch norm of TensorFlow.js where a file gives no epsilon. */
const DEFAULT_EPSILON = 0.001;

/** `y = x·scale + shift` with one number a channel. */
export interface Affine {
  readonly node: Node;
  readonly x: ValueId;
  /** Undefined where it is 1 in every channel. */
  readonly scale: Float64Array | undefined;
  /** Undefined where it is 0 in every channel. */
  readonly shift: Float64Array | undefined;
}

/** The value that an affine op works on: its rank, and the size of its last axis. */
export interface Channels {
  readonly count: number;
  readonly rank: number;
}

/** Reads a node as `x·scale + shift`; a phrase says why it is not. `x` is the operand that is no constant. */
export function readAffine(node: Node, channels: Channels, view: GraphView): Affine | string {
  if ((BATCH_NORM_OPS as readonly string[]).includes(node.op)) return readBatchNorm(node, channels, view);
  const [left, right] = node.inputs;
  if (left === undefined) return 'lacks inputs';
  if (node.op === 'Neg') return { node, x: left, scale: filled(channels, -1), shift: undefined };
  if (right === undefined) return 'lacks inputs';
  if (node.op === 'BiasAdd' && isChannelsFirst(node)) return 'adds its bias to channels that come first';
  const rightWeight = view.weight(right);
  const weight = rightWeight ?? view.weight(left);
  if (weight === undefined) return 'has no constant operand';
  const c = perChannel(weight, channels);
  if (c === undefined) return `its constant of shape [${weight.shape.join(',')}] is not one number a channel`;
  return arithmetic(node, rightWeight === undefined ? right : left, c, rightWeight !== undefined);
}

/** What `x op c` (or `c op x`) is as scale and shift. */
function arithmetic(node: Node, x: ValueId, c: Float64Array, constantIsRight: boolean): Affine | string {
  switch (node.op) {
    case 'Mul':
      return { node, x, scale: c, shift: undefined };
    case 'RealDiv':
      if (!constantIsRight) return 'divides by its input';
      return { node, x, scale: c.map((value) => 1 / value), shift: undefined };
    case 'Sub':
      if (constantIsRight) return { node, x, scale: undefined, shift: c.map((value) => -value) };
      return { node, x, scale: c.map(() => -1), shift: c };
    default:
      return { node, x, scale: undefined, shift: c };
  }
}

/** scale = γ / √(variance + ε), shift = β − mean·scale. */
function readBatchNorm(node: Node, channels: Channels, view: GraphView): Affine | string {
  if (getAttr(node, 'is_training', 'bool') === true)
    return 'computes its statistics from the batch (is_training)';
  if (isChannelsFirst(node)) return 'has its channels first';
  const [x, ...rest] = node.inputs;
  const weights = rest.slice(0, 4).map((value) => view.weight(value));
  const vectors = weights.map((weight) => weight && perChannel(weight, channels));
  const [gamma, beta, mean, variance] = vectors;
  if (x === undefined || !gamma || !beta || !mean || !variance) return unlikeChannels(weights, channels);
  const epsilon = getAttr(node, 'epsilon', 'float') ?? DEFAULT_EPSILON;
  const scale = gamma.map((value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
  if (!scale.every(Number.isFinite)) return 'its variance is not positive in every channel';
  return {
    node,
    x,
    scale,
    shift: beta.map((value, c) => value - (mean[c] as number) * (scale[c] as number)),
  };
}

/** Why statistics are not one number a channel. */
function unlikeChannels(weights: readonly (Weight | undefined)[], { count, rank }: Channels): string {
  for (const weight of weights) {
    if (weight === undefined) return 'has statistics that are not constants';
    const { shape } = weight;
    const axis = shape.findIndex((size, i) => size > 1 && i < shape.length - 1);
    if (axis >= 0) {
      return `normalizes along axis ${axis + rank - shape.length}, not along the last, which has the channels`;
    }
    const size = shape.at(-1) ?? 1;
    if (size > 1 && size !== count) return `has statistics for ${size} channels, not for ${count}`;
  }
  return 'has statistics that are not in float32';
}

/** What people call an op that multiplies or adds a constant. */
export function affineWord({ op }: Node): string {
  if ((BATCH_NORM_OPS as readonly string[]).includes(op)) return 'batch norm';
  return AFFINE_WORDS[op] ?? 'constant';
}

const AFFINE_WORDS: Readonly<Record<string, string>> = {
  Mul: 'factor',
  RealDiv: 'divisor',
  BiasAdd: 'bias',
  Sub: 'difference',
  Neg: 'negation',
};

/** A constant as one number a channel; undefined when it varies along another axis or changes the shape. */
export function perChannel(weight: Weight, { count, rank }: Channels): Float64Array | undefined {
  const { shape, dtype } = weight;
  if (dtype !== 'float32' || shape.length > rank) return undefined;
  const last = shape.length - 1;
  const fits = shape.every((size, i) => size === 1 || (i === last && size === count));
  if (!fits) return undefined;
  const values = weight.numbers();
  return values.length === 1 ? new Float64Array(count).fill(values[0] as number) : Float64Array.from(values);
}

function filled({ count }: Channels, value: number): Float64Array {
  return new Float64Array(count).fill(value);
}

/** Whether no channel is shifted. */
export function isZero(shift: Float64Array | undefined): boolean {
  return shift === undefined || shift.every((value) => value === 0);
}
