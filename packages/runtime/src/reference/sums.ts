import type { Geometry } from './geometry.js';

/** Channels of a filter [height, width, channels in / groups, outputs]. */
export interface Channels {
  readonly groups: number;
  readonly outputs: number;
}

/**
 * Sums of convolutions: of (x − zeroPoint) · filter over each window, plus bias, of int32, which wrap. Padding counts as
 * the zero point, so that it adds nothing. A depthwise convolution is one in as many groups as there are channels: its
 * filter [height, width, channels, multiplier] has the same numbers in the same order as [height, width, 1,
 * channels · multiplier].
 *
 * @param x [batch, height, width, channels] as `geometry` says.
 * @returns [batch, out height, out width, outputs].
 */
export function windowSums(
  x: Int8Array | Int16Array,
  zeroPoint: number,
  filter: Int8Array,
  bias: Int32Array | undefined,
  geometry: Geometry,
  { groups, outputs }: Channels,
): Int32Array {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  const sums = new Int32Array(batch * outHeight * outWidth * outputs);
  const [inputs, each] = [inChannels / groups, outputs / groups];
  for (let at = 0, position = 0; at < sums.length; at += outputs, position++) {
    if (bias !== undefined) sums.set(bias, at);
    const outX = position % outWidth;
    const outY = Math.floor(position / outWidth) % outHeight;
    const image = Math.floor(position / (outWidth * outHeight));
    for (let tap = 0; tap < windowHeight * windowWidth; tap++) {
      const row = outY * strideHeight - top + Math.floor(tap / windowWidth) * dilationHeight;
      const column = outX * strideWidth - left + (tap % windowWidth) * dilationWidth;
      if (row < 0 || row >= inHeight || column < 0 || column >= inWidth) continue;
      const pixel = ((image * inHeight + row) * inWidth + column) * inChannels;
      for (let group = 0, c = 0; group < groups; group++) {
        for (let input = 0; input < inputs; input++, c++) {
          const value = (x[pixel + c] as number) - zeroPoint;
          if (value === 0) continue;
          let weight = (tap * inputs + input) * outputs + group * each;
          for (let to = at + group * each, end = to + each; to < end; to++, weight++) {
            sums[to] = (sums[to] as number) + value * (filter[weight] as number);
          }
        }
      }
    }
  }
  return sums;
}

/** Sizes of a product of matrices: [rows, inner] by [inner, columns]. */
export interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/**
 * Sums of products of matrices: of (x − zeroPoint) · w over k, plus bias, of int32, which wrap.
 * @param x [rows, inner].
 * @param w [inner, columns].
 * @param bias one for each column.
 * @returns [rows, columns].
 */
export function productSums(
  x: Int8Array | Int16Array,
  zeroPoint: number,
  w: Int8Array | Int16Array,
  bias: Int32Array | undefined,
  { rows, inner, columns }: Product,
): Int32Array {
  const sums = new Int32Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row++, at += columns) {
    if (bias !== undefined) sums.set(bias, at);
    for (let k = 0; k < inner; k++) {
      const value = (x[row * inner + k] as number) - zeroPoint;
      if (value === 0) continue;
      for (let to = at, weight = k * columns; to < at + columns; to++, weight++) {
        sums[to] = (sums[to] as number) + value * (w[weight] as number);
      }
    }
  }
  return sums;
}
