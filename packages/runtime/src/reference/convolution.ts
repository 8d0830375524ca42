import { requantizeSums, type OutputStage } from './fixed-point.js';
import type { Geometry } from './geometry.js';

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
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  const perGroupIn = inChannels / groups;
  const perGroupOut = channelsOut / groups;
  const out = new Int8Array(batch * outHeight * outWidth * channelsOut);
  const sums = new Int32Array(channelsOut);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++, at += channelsOut) {
        start(sums, bias);
        for (let i = 0; i < windowHeight; i++) {
          const y = outY * strideHeight - top + i * dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < windowWidth; j++) {
            const column = outX * strideWidth - left + j * dilationWidth;
            if (column < 0 || column >= inWidth) continue;
            const pixel = ((image * inHeight + y) * inWidth + column) * inChannels;
            const tap = (i * windowWidth + j) * perGroupIn;
            for (let c = 0; c < inChannels; c++) {
              const group = groups === 1 ? 0 : Math.floor(c / perGroupIn);
              const first = group * perGroupOut;
              const row = (tap + c - group * perGroupIn) * channelsOut;
              addScaled(sums, first, first + perGroupOut, (x[pixel + c] as number) - xZeroPoint, filter, row);
            }
          }
        }
        requantizeSums(sums, out, at, stage);
      }
    }
  }
  return out;
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
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  const channelsOut = inChannels * multiplier;
  const out = new Int8Array(batch * outHeight * outWidth * channelsOut);
  const sums = new Int32Array(channelsOut);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++, at += channelsOut) {
        start(sums, bias);
        for (let i = 0; i < windowHeight; i++) {
          const y = outY * strideHeight - top + i * dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < windowWidth; j++) {
            const column = outX * strideWidth - left + j * dilationWidth;
            if (column < 0 || column >= inWidth) continue;
            const pixel = ((image * inHeight + y) * inWidth + column) * inChannels;
            const tap = (i * windowWidth + j) * channelsOut;
            if (multiplier === 1) {
              for (let c = 0; c < inChannels; c++) {
                const product = ((x[pixel + c] as number) - xZeroPoint) * (filter[tap + c] as number);
                sums[c] = (sums[c] as number) + product;
              }
            } else {
              for (let c = 0; c < inChannels; c++) {
                const first = c * multiplier;
                const value = (x[pixel + c] as number) - xZeroPoint;
                addScaled(sums, first, first + multiplier, value, filter, tap);
              }
            }
          }
        }
        requantizeSums(sums, out, at, stage);
      }
    }
  }
  return out;
}

/** Sums begin with the bias. */
export function start(sums: Int32Array, bias: Int32Array | undefined): void {
  if (bias === undefined) sums.fill(0);
  else sums.set(bias);
}

/** sums[k] += value · weights[row + k] for k from `first` to `end` − 1. */
export function addScaled(
  sums: Int32Array,
  first: number,
  end: number,
  value: number,
  weights: Int8Array,
  row: number,
): void {
  if (value === 0) return;
  for (let k = first; k < end; k++) sums[k] = (sums[k] as number) + value * (weights[row + k] as number);
}
