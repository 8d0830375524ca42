import { channelLayout, type ChannelQParams, type Levels, type QParams } from './qparams.js';
import { rounder, type Rounding } from './round.js';

/** How real numbers become whole ones. */
export interface QuantizeOptions extends Levels {
  /** Where halves go: `even` (PyTorch, ONNX) unless told; `away` is TensorFlow Lite's. */
  readonly rounding?: Rounding;
  /**
   * Divide by the scale (ONNX, TensorFlow Lite), as is done unless told, or multiply by its float32 reciprocal
   * (PyTorch). They differ for numbers next to a half.
   */
  readonly by?: 'division' | 'reciprocal';
}

/** Whole numbers that stand for reals. */
export type QuantizedValues = Int8Array | Uint8Array | Int32Array;

/**
 * `clamp(round(x / scale) + zeroPoint, qmin, qmax)`, in float32.
 * @returns int8, uint8 or int32 numbers, whichever holds the levels. NaN becomes the zero point.
 */
export function quantize(
  values: ArrayLike<number>,
  { scale, zeroPoint }: QParams,
  options: QuantizeOptions,
): QuantizedValues {
  const result = storage(options, values.length);
  quantizeInto(result, values, 0, values.length, scale, zeroPoint, options);
  return result;
}

/** {@link quantize} with a scale and zero point for each channel along an axis. */
export function quantizeChannels(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  { scales, zeroPoints }: ChannelQParams,
  options: QuantizeOptions,
): QuantizedValues {
  const result = storage(options, values.length);
  forEachChannel(values.length, shape, axis, (channel, start, end) => {
    quantizeInto(
      result,
      values,
      start,
      end,
      scales[channel] as number,
      zeroPoints[channel] as number,
      options,
    );
  });
  return result;
}

/** `(quantized - zeroPoint) · scale`, in float32. */
export function dequantize(values: ArrayLike<number>, { scale, zeroPoint }: QParams): Float32Array {
  const factor = Math.fround(scale);
  return Float32Array.from(values, (value) => (value - zeroPoint) * factor);
}

/** {@link dequantize} with a scale and zero point for each channel along an axis. */
export function dequantizeChannels(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  { scales, zeroPoints }: ChannelQParams,
): Float32Array {
  const result = new Float32Array(values.length);
  forEachChannel(values.length, shape, axis, (channel, start, end) => {
    const scale = scales[channel] as number;
    const zeroPoint = zeroPoints[channel] as number;
    for (let i = start; i < end; i++) result[i] = ((values[i] as number) - zeroPoint) * scale;
  });
  return result;
}

/** Calls with each run of elements that are of one channel. */
export function forEachChannel(
  length: number,
  shape: readonly number[],
  axis: number,
  visit: (channel: number, start: number, end: number) => void,
): void {
  const { channels, inner } = channelLayout(shape, axis);
  if (inner === 0) return;
  for (let start = 0, channel = 0; start < length; start += inner) {
    visit(channel, start, start + inner);
    if (++channel === channels) channel = 0;
  }
}

function storage({ qmin, qmax }: Levels, length: number): QuantizedValues {
  if (qmin >= -128 && qmax <= 127) return new Int8Array(length);
  if (qmin >= 0 && qmax <= 255) return new Uint8Array(length);
  return new Int32Array(length);
}

function quantizeInto(
  result: QuantizedValues,
  values: ArrayLike<number>,
  start: number,
  end: number,
  scale: number,
  zeroPoint: number,
  options: QuantizeOptions,
): void {
  const levelOf = levels(scale, zeroPoint, options);
  for (let i = start; i < end; i++) {
    const level = levelOf(values[i] as number);
    result[i] = Math.min(Math.max(Number.isNaN(level) ? zeroPoint : level, options.qmin), options.qmax);
  }
}

/** `round(x / scale) + zeroPoint` in float32, before it is clamped; NaN of NaN. */
export function levels(
  scale: number,
  zeroPoint: number,
  { rounding = 'even', by = 'division' }: Pick<QuantizeOptions, 'rounding' | 'by'>,
): (value: number) => number {
  const round = rounder(rounding);
  const divisor = Math.fround(scale);
  const reciprocal = Math.fround(1 / divisor);
  return by === 'division'
    ? (value) => round(Math.fround(value / divisor)) + zeroPoint
    : (value) => round(Math.fround(value * reciprocal)) + zeroPoint;
}
