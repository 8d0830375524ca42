import { dequantized, type DynamicEpilogue } from './dynamic-products.js';
import { largestInt16, quantizeRows, type DynamicOptions } from './dynamic-quantize.js';
import type { Geometry } from './geometry.js';
import { windowSums, type Channels } from './sums.js';

/**
 * Convolution of floats by int8 filters, put into whole numbers example by example or all by one range. A depthwise one
 * is one in as many groups as there are channels, as {@link windowSums} tells.
 *
 * @param x [batch, height, width, channels].
 * @param filter [height, width, channels / groups, outputs] of numbers from -128 to 127.
 * @returns [batch, out height, out width, outputs].
 */
export function dynamicConv2D(
  x: Float32Array,
  filter: Int8Array,
  geometry: Geometry,
  channels: Channels,
  options: DynamicOptions,
  epilogue: DynamicEpilogue,
): Float32Array {
  const { batch, outHeight, outWidth } = geometry;
  const largest = largestInt16(filter.length / channels.outputs);
  const { values, scales } = quantizeRows(x, x.length / batch, options, largest);
  const sums = windowSums(values, 0, filter, undefined, geometry, channels);
  return dequantized(sums, scales, outHeight * outWidth, channels.outputs, epilogue);
}
