import { encodeHalf, tooLargeForHalf, Weight, type Encoding, type HalfFormat } from '@tfjs-optimize/core';
import { scaleShape } from '@tfjs-optimize/runtime/format';
import { channelQParams, channelRanges, INT8_NARROW, rangeOf, type Range } from '../numerics/qparams.js';
import { quantizeChannels } from '../numerics/quantize.js';
import { roundHalfEven } from '../numerics/round.js';

/**
 * How weights are stored. `float16`, `uint8` and `uint16` are those of stock TensorFlow.js; `bfloat16` needs
 * `@tfjs-optimize/runtime` to load; `int8` loads in both, and only with the runtime into as little work as before.
 */
export type WeightScheme = 'float16' | 'bfloat16' | 'uint8' | 'uint16' | 'int8';

/** All schemes. */
export const WEIGHT_SCHEMES: readonly WeightScheme[] = ['float16', 'bfloat16', 'uint8', 'uint16', 'int8'];

/** The axis from which on channels are counted, and how many there are; see `Weight.channels`. */
export interface Channels {
  readonly axis: number;
  readonly count: number;
}

/**
 * A float32 weight in fewer bits, or why it cannot be.
 * @param channels those of the op that reads it, for int8.
 */
export function encodeWeight(weight: Weight, scheme: WeightScheme, channels: Channels): Weight | string {
  const values = weight.numbers() as Float32Array;
  switch (scheme) {
    case 'float16':
    case 'bfloat16':
      return asHalf(values, weight.shape, scheme);
    case 'uint8':
    case 'uint16':
      return encodeAffine(values, weight.shape, scheme);
    case 'int8':
      return encodeChannels(values, weight.shape, channels);
  }
}

function asHalf(values: Float32Array, shape: readonly number[], kind: HalfFormat): Weight | string {
  const tooLarge = tooLargeForHalf(values, kind);
  if (tooLarge !== undefined) return `${tooLarge} is too large for ${kind}`;
  return Weight.stored('float32', shape, { kind }, new Uint8Array(encodeHalf(values, kind).buffer));
}

/**
 * The stock scheme: value = stored · scale + min in double precision. Where the range has 0 in it, min is moved by at most
 * half a step so that zeros stay zeros, as the converter of TensorFlow.js does; no value is off by more than half a step.
 */
function encodeAffine(
  values: Float32Array,
  shape: readonly number[],
  dtype: 'uint8' | 'uint16',
): Weight | string {
  const range = rangeOf(values);
  const infinite = infiniteEnd(range);
  if (infinite !== undefined) return infinite;
  const most = dtype === 'uint8' ? 0xff : 0xffff;
  const { scale, min } = affineParams(range, most);
  if (!Number.isFinite(Math.fround(most * scale + min))) return 'its range is too wide for float32';
  const stored = dtype === 'uint8' ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let i = 0; i < stored.length; i++) {
    stored[i] = Math.min(Math.max(roundHalfEven(((values[i] as number) - min) / scale), 0), most);
  }
  const encoding: Encoding = { kind: 'affine', dtype, scale, min };
  return Weight.stored('float32', shape, encoding, new Uint8Array(stored.buffer));
}

function affineParams({ min, max }: Range, most: number): { scale: number; min: number } {
  if (min === max) return { scale: 1, min };
  const scale = (max - min) / most;
  if (min > 0 || max < 0) return { scale, min };
  // Not -0: it would be written as 0.
  return { scale, min: 0 - roundHalfEven(-min / scale) * scale };
}

/** Symmetric, -127 to 127, scale = max|w| / 127 of each channel: zeros stay zeros. */
function encodeChannels(
  values: Float32Array,
  shape: readonly number[],
  { axis, count }: Channels,
): Weight | string {
  const period = shape.slice(axis).reduce((a, b) => a * b, 1);
  const layout = [values.length / period, count, period / count];
  const ranges = channelRanges(values, layout, 1);
  for (const range of ranges) {
    const infinite = infiniteEnd(range);
    if (infinite !== undefined) return infinite;
  }
  const symmetric = { ...INT8_NARROW, symmetric: true, epsilon: 2 ** -126 };
  const params = channelQParams(ranges, symmetric);
  // 127 · (max / 127) may be rounded up.
  if (params.scales.some((scale) => !Number.isFinite(Math.fround(127 * scale)))) {
    return 'its range is too wide for float32';
  }
  const stored = quantizeChannels(values, layout, 1, params, INT8_NARROW) as Int8Array;
  return Weight.channels(stored, shape, axis, params.scales);
}

function infiniteEnd({ min, max }: Range): string | undefined {
  return Number.isFinite(min) && Number.isFinite(max) ? undefined : 'it holds infinite values';
}

/** The channels along one axis, or along it and the next. */
export function channelsOf(shape: readonly number[], axis: number, axes = 1): Channels {
  const count = shape.slice(axis, axis + axes).reduce((a, b) => a * b, 1);
  return scaleShape(shape, axis, count) === undefined ? { axis: 0, count: shape[0] ?? 1 } : { axis, count };
}
