import { dequantized, type DynamicEpilogue } from './dynamic-products.js';
import { quantizeRows, type DynamicOptions } from './dynamic-quantize.js';
import type { Geometry } from './geometry.js';

/**
 * Adds one tap of the filter under a window to the sums of a position.
 * @param from where the channels of the pixel begin.
 * @param tap which pixel of the filter it is, row by row.
 * @param to where the sums of the position begin.
 */
type Tap = (from: number, tap: number, to: number) => void;

/** Visits the pixels under all windows, those that are padding left out. */
function overWindows(geometry: Geometry, sumsOfPosition: number, tap: Tap): void {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  let to = 0;
  for (let example = 0; example < batch; example++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++, to += sumsOfPosition) {
        for (let i = 0; i < windowHeight; i++) {
          const row = y * strideHeight - top + i * dilationHeight;
          if (row < 0 || row >= inHeight) continue;
          for (let j = 0; j < windowWidth; j++) {
            const column = x * strideWidth - left + j * dilationWidth;
            if (column < 0 || column >= inWidth) continue;
            tap(((example * inHeight + row) * inWidth + column) * inChannels, i * windowWidth + j, to);
          }
        }
      }
    }
  }
}

/**
 * Convolution of floats by int8 filters, put into whole numbers example by example or all by one range.
 *
 * @param x [batch, height, width, channels].
 * @param filter [filterHeight, filterWidth, channels / groups, outputs] of numbers from -128 to 127.
 * @param sizes channels of the filter, which tell the groups, and of the output.
 * @returns [batch, outHeight, outWidth, outputs].
 */
export function dynamicConv2D(
  x: Float32Array,
  filter: Int8Array,
  geometry: Geometry,
  sizes: { readonly inputs: number; readonly outputs: number },
  options: DynamicOptions,
  epilogue: DynamicEpilogue,
): Float32Array {
  const { inputs, outputs } = sizes;
  const positions = geometry.outHeight * geometry.outWidth;
  const { values, scales } = quantizeRows(x, x.length / geometry.batch, options);
  const sums = new Int32Array(geometry.batch * positions * outputs);
  const groups = geometry.inChannels / inputs;
  const each = outputs / groups;
  overWindows(geometry, outputs, (from, tap, to) => {
    for (let channel = 0; channel < geometry.inChannels; channel++) {
      const value = values[from + channel] as number;
      if (value === 0) continue;
      const first = groups === 1 ? 0 : Math.floor(channel / inputs) * each;
      let weight = (tap * inputs + (channel % inputs)) * outputs + first;
      for (let at = to + first, end = at + each; at < end; at++, weight++) {
        sums[at] = (sums[at] as number) + value * (filter[weight] as number);
      }
    }
  });
  return dequantized(sums, scales, positions, outputs, epilogue);
}

/**
 * Depthwise convolution of floats by int8 filters.
 *
 * @param x [batch, height, width, channels].
 * @param filter [filterHeight, filterWidth, channels, multiplier] of numbers from -128 to 127.
 * @returns [batch, outHeight, outWidth, channels · multiplier].
 */
export function dynamicDepthwiseConv2D(
  x: Float32Array,
  filter: Int8Array,
  geometry: Geometry,
  multiplier: number,
  options: DynamicOptions,
  epilogue: DynamicEpilogue,
): Float32Array {
  const outputs = geometry.inChannels * multiplier;
  const positions = geometry.outHeight * geometry.outWidth;
  const { values, scales } = quantizeRows(x, x.length / geometry.batch, options);
  const sums = new Int32Array(geometry.batch * positions * outputs);
  overWindows(geometry, outputs, (from, tap, to) => {
    for (let at = 0, channel = 0; at < outputs; channel++) {
      const value = values[from + channel] as number;
      for (let copy = 0; copy < multiplier; copy++, at++) {
        sums[to + at] = (sums[to + at] as number) + value * (filter[tap * outputs + at] as number);
      }
    }
  });
  return dequantized(sums, scales, positions, outputs, epilogue);
}
