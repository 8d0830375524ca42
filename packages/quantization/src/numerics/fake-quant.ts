import { channelLayout, type ChannelQParams, type QParams } from './qparams.js';
import { forEachChannel, levels, type QuantizeOptions } from './quantize.js';

/** Where {@link fakeQuantize} rounds and whose scale is whose. */
export type FakeQuantOptions = QuantizeOptions;

/** What fake quantization gives, and through which elements a gradient passes. */
export interface FakeQuantized {
  readonly y: Float32Array;
  /** 1 where `qmin ≤ round(x / scale) + zeroPoint ≤ qmax`, else 0: multiply the gradient of y by it (straight-through). */
  readonly passes: Uint8Array;
}

/** Quantizes and dequantizes: what a value is after it was held in whole numbers (Jacob et al. 2018). In float32. */
export function fakeQuantize(
  values: ArrayLike<number>,
  { scale, zeroPoint }: QParams,
  options: FakeQuantOptions,
): FakeQuantized {
  const result = empty(values.length);
  fakeInto(result, values, 0, values.length, scale, zeroPoint, options);
  return result;
}

/** {@link fakeQuantize} with a scale and zero point for each channel along an axis. */
export function fakeQuantizeChannels(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  { scales, zeroPoints }: ChannelQParams,
  options: FakeQuantOptions,
): FakeQuantized {
  channelLayout(shape, axis);
  const result = empty(values.length);
  forEachChannel(values.length, shape, axis, (channel, start, end) => {
    fakeInto(result, values, start, end, scales[channel] as number, zeroPoints[channel] as number, options);
  });
  return result;
}

function empty(length: number): FakeQuantized {
  return { y: new Float32Array(length), passes: new Uint8Array(length) };
}

function fakeInto(
  { y, passes }: FakeQuantized,
  values: ArrayLike<number>,
  start: number,
  end: number,
  scale: number,
  zeroPoint: number,
  options: FakeQuantOptions,
): void {
  const { qmin, qmax } = options;
  const levelOf = levels(scale, zeroPoint, options);
  const factor = Math.fround(scale);
  for (let i = start; i < end; i++) {
    const level = levelOf(values[i] as number);
    y[i] = (Math.min(Math.max(level, qmin), qmax) - zeroPoint) * factor;
    passes[i] = level >= qmin && level <= qmax ? 1 : 0;
  }
}
