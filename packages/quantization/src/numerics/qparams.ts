import { fail } from '@tfjs-optimize/core';
import { roundHalfEven } from './round.js';

/** The least and greatest of what was seen. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The whole numbers that quantized values may take. */
export interface Levels {
  readonly qmin: number;
  readonly qmax: number;
}

/** What stands for what: `real = (quantized - zeroPoint) · scale`. */
export interface QParams {
  /** Above 0, and a float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/** {@link QParams} of each channel. */
export interface ChannelQParams {
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
}

/** All of signed and unsigned bytes, and signed ones without -128, as weights have them. */
export const INT8: Levels = { qmin: -128, qmax: 127 };
export const UINT8: Levels = { qmin: 0, qmax: 255 };
export const INT8_NARROW: Levels = { qmin: -127, qmax: 127 };

/** The least scale that PyTorch gives: the float32 epsilon, 2^-23. */
export const SCALE_EPSILON = 2 ** -23;

/**
 * Levels of one bit less, for kernels that add two products in 16 bits: 0..127 of 0..255, -64..63 of -128..127
 * (PyTorch's `reduce_range`).
 */
export function reduceLevels({ qmin, qmax }: Levels): Levels {
  return { qmin: Math.trunc(qmin / 2), qmax: Math.trunc(qmax / 2) };
}

/** How a range becomes {@link QParams}. */
export interface QParamsOptions extends Levels {
  /** The zero point is the middle of the levels, and the range is as wide below zero as above. */
  readonly symmetric?: boolean;
  /** The zero point of symmetric levels; the middle, rounded up, unless told (128 for all of a byte). */
  readonly zeroPoint?: number;
  /**
   * The least scale, which ranges of nothing but zero get; 2^-23 unless told. `one`: ranges narrower than float32 can
   * divide get scale 1 and zero point 0, as ONNX Runtime has it.
   */
  readonly epsilon?: number | 'one';
  /**
   * In which precision it is computed: `float32` unless told, as PyTorch does; `float64`, rounded to float32 at the end, as
   * ONNX Runtime and TensorFlow Lite do. They differ where min / scale is next to a half.
   */
  readonly precision?: 'float32' | 'float64';
}

/** The least float32 of full precision. */
const TINY = 2 ** -126;

/**
 * Scale and zero point of a range, which is widened to contain 0 so that zeros (padding, ReLU) have no error.
 *
 * Affine: scale = (max - min) / (qmax - qmin), zeroPoint = qmin - round(min / scale), halves to even.
 * Symmetric: scale = max(|min|, |max|) / ((qmax - qmin) / 2).
 *
 * @throws `quantization/range` for a range with NaN or infinities, or whose ends are the wrong way round;
 *   `argument/invalid` for levels that are not whole numbers qmin < qmax.
 */
export function qparams(range: Range, options: QParamsOptions): QParams {
  checkLevels(options);
  checkRange(range);
  const { qmin, qmax, symmetric = false, precision = 'float32' } = options;
  const round = precision === 'float32' ? Math.fround : (value: number): number => value;
  const min = Math.fround(Math.min(range.min, 0));
  const max = Math.fround(Math.max(range.max, 0));
  if (symmetric) {
    const scale = Math.fround(Math.max(-min, max) / ((qmax - qmin) / 2));
    const zeroPoint = options.zeroPoint ?? Math.floor((qmin + qmax + 1) / 2);
    return widened({ scale, zeroPoint }, options);
  }
  const width = round(max - min);
  // The widest ranges have no width in float32; half of it has.
  const scale = Number.isFinite(width)
    ? round(width / (qmax - qmin))
    : Math.fround((max / 2 - min / 2) / ((qmax - qmin) / 2));
  const least = widened({ scale, zeroPoint: 0 }, options).scale;
  const steps = qmin - roundHalfEven(round(min / least));
  const zeroPoint = Math.min(Math.max(steps, qmin), qmax);
  return widened({ scale: Math.fround(scale), zeroPoint }, options);
}

function widened({ scale, zeroPoint }: QParams, { epsilon = SCALE_EPSILON }: QParamsOptions): QParams {
  if (epsilon === 'one') return scale < TINY ? { scale: 1, zeroPoint: 0 } : { scale, zeroPoint };
  return { scale: Math.max(scale, Math.fround(epsilon)), zeroPoint };
}

/** {@link qparams} of each channel's range. */
export function channelQParams(ranges: readonly Range[], options: QParamsOptions): ChannelQParams {
  const all = ranges.map((range) => qparams(range, options));
  return {
    scales: Float32Array.from(all, ({ scale }) => scale),
    zeroPoints: Int32Array.from(all, ({ zeroPoint }) => zeroPoint),
  };
}

/** The least and greatest of numbers; NaN where one is NaN, and [0, 0] where there are none. */
export function rangeOf(values: ArrayLike<number>): Range {
  return channelRanges(values, [1, values.length], 0)[0] as Range;
}

/**
 * The least and greatest of each channel.
 * @param axis the axis of the shape that counts channels.
 */
export function channelRanges(values: ArrayLike<number>, shape: readonly number[], axis: number): Range[] {
  const { channels, inner } = channelLayout(shape, axis);
  const least = new Float64Array(channels).fill(Infinity);
  const greatest = new Float64Array(channels).fill(-Infinity);
  for (let start = 0, channel = 0; start < values.length; start += inner) {
    let low = least[channel] as number;
    let high = greatest[channel] as number;
    for (let i = start; i < start + inner; i++) {
      const value = values[i] as number;
      // Math.min and Math.max keep NaN.
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    least[channel] = low;
    greatest[channel] = high;
    if (++channel === channels) channel = 0;
  }
  const none = inner === 0 || values.length === 0;
  return Array.from(least, (min, i) => (none ? { min: 0, max: 0 } : { min, max: greatest[i] as number }));
}

/** How the elements of a tensor lie by channel: element i is of channel floor(i / inner) mod channels. */
export function channelLayout(
  shape: readonly number[],
  axis: number,
): { readonly channels: number; readonly inner: number } {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    fail('argument/invalid', {
      subject: 'axis of channels',
      expected: `a whole number from 0 to ${shape.length - 1}`,
      got: String(axis),
    });
  }
  return { channels: shape[axis] as number, inner: shape.slice(axis + 1).reduce((a, b) => a * b, 1) };
}

function checkLevels({ qmin, qmax }: Levels): void {
  if (Number.isInteger(qmin) && Number.isInteger(qmax) && qmin < qmax) return;
  fail('argument/invalid', {
    subject: 'levels',
    expected: 'whole numbers qmin < qmax',
    got: `qmin ${qmin}, qmax ${qmax}`,
  });
}

/** Refuses what is no range. */
export function checkRange({ min, max }: Range, subject = 'range'): void {
  if (Number.isFinite(min) && Number.isFinite(max) && min <= max) return;
  fail('quantization/range', {
    subject,
    expected: 'finite numbers min ≤ max',
    got: `min ${min}, max ${max}`,
    advice: 'Look for NaN or infinite weights and activations',
  });
}
