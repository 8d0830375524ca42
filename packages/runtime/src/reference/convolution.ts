import { requantizeSums, type OutputStage } from './fixed-point.js';
import type { Geometry } from './geometry.js';
import { windowSums } from './sums.js';

/**
 * Convolution: the sum over a window of (x − xZeroPoint) · filter, plus bias. Padding counts as xZeroPoint, so that it
 * adds nothing. Sums are of int32 and wrap.
 * @param x [batch, height, width, channels] as `geometry` says.
 * @param filter [height, width, channels in / groups, channels out].
 * @param bias one for each channel out.
 * @returns [batch, out height, out width, channels out].
 */
export function conv2d(
  x: Int8Array,
  filter: Int8Array,
  bias: Int32Array | undefined,
  geometry: Geometry,
  channelsOut: number,
  groups: number,
  xZeroPoint: number,
  stage: OutputStage,
): Int8Array {
  const sums = windowSums(x, xZeroPoint, filter, bias, geometry, { groups, outputs: channelsOut });
  return requantized(sums, channelsOut, stage);
}

/**
 * Depthwise convolution: each channel has `multiplier` filters of its own; otherwise as {@link conv2d}.
 * @param filter [height, width, channels, multiplier]; filter m of channel c makes channel c · multiplier + m.
 */
export function depthwiseConv2d(
  x: Int8Array,
  filter: Int8Array,
  bias: Int32Array | undefined,
  geometry: Geometry,
  multiplier: number,
  xZeroPoint: number,
  stage: OutputStage,
): Int8Array {
  const { inChannels } = geometry;
  return conv2d(x, filter, bias, geometry, inChannels * multiplier, inChannels, xZeroPoint, stage);
}

/** Sums of some channels, position by position, as int8 values. */
export function requantized(sums: Int32Array, channels: number, stage: OutputStage): Int8Array {
  const out = new Int8Array(sums.length);
  for (let at = 0; at < sums.length; at += channels) {
    requantizeSums(sums.subarray(at, at + channels), out, at, stage);
  }
  return out;
}
