import type { Geometry } from './geometry.js';

/** The means of windows, padding left out of count; halves are rounded away from zero. */
export function avgPool(x: Int8Array, geometry: Geometry): Int8Array {
  return pool(x, geometry, 0, (a, b) => a + b, meanOf);
}

/** The largest values of windows, padding left out. */
export function maxPool(x: Int8Array, geometry: Geometry): Int8Array {
  return pool(x, geometry, -128, Math.max, (most) => most);
}

/** sum / count, halves away from zero. */
export function meanOf(sum: number, count: number): number {
  const half = count >> 1;
  return Math.trunc((sum < 0 ? sum - half : sum + half) / count);
}

function pool(
  x: Int8Array,
  geometry: Geometry,
  first: number,
  join: (a: number, b: number) => number,
  end: (joined: number, count: number) => number,
): Int8Array {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  const out = new Int8Array(batch * outHeight * outWidth * inChannels);
  const joined = new Int32Array(inChannels);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++, at += inChannels) {
        joined.fill(first);
        let count = 0;
        for (let i = 0; i < windowHeight; i++) {
          const y = outY * strideHeight - top + i * dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < windowWidth; j++) {
            const column = outX * strideWidth - left + j * dilationWidth;
            if (column < 0 || column >= inWidth) continue;
            count++;
            const pixel = ((image * inHeight + y) * inWidth + column) * inChannels;
            for (let c = 0; c < inChannels; c++) {
              joined[c] = join(joined[c] as number, x[pixel + c] as number);
            }
          }
        }
        for (let c = 0; c < inChannels; c++) out[at + c] = end(joined[c] as number, count);
      }
    }
  }
  return out;
}
