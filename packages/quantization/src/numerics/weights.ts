import { fail } from '@tfjs-optimize/core';
import { channelQParams, channelRanges, INT8_NARROW, type ChannelQParams } from './qparams.js';
import { quantizeChannels } from './quantize.js';

/** Weights as signed bytes with a scale for each channel. */
export interface ChannelWeights extends ChannelQParams {
  /** -127 to 127. */
  readonly values: Int8Array;
}

/**
 * Weights as TensorFlow Lite's 8-bit specification has them: symmetric, a scale for each channel along an axis,
 * -127 to 127, scale = max|w| / 127 in float32, and whole numbers by division, halves to even. A channel of zeros gets the
 * scale 2^-23 and zeros.
 * @throws `quantization/weight` where a weight is NaN or infinite, naming the channel.
 */
export function quantizeWeightChannels(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  subject = 'weight',
): ChannelWeights {
  const ranges = channelRanges(values, shape, axis);
  ranges.forEach(({ min, max }, channel) => {
    if (Number.isFinite(min) && Number.isFinite(max)) return;
    fail('quantization/weight', {
      subject: `${subject}, channel ${channel}`,
      expected: 'finite numbers',
      got: `numbers from ${min} to ${max}`,
      advice: 'Train it again, or leave its layer out',
    });
  });
  const params = channelQParams(ranges, { ...INT8_NARROW, symmetric: true });
  const quantized = quantizeChannels(values, shape, axis, params, INT8_NARROW);
  return { ...params, values: quantized as Int8Array };
}
