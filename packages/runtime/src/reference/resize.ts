/** How an image is resized. Never both flags. */
export interface Resizing {
  readonly align_corners: boolean;
  readonly half_pixel_centers: boolean;
}

/** Places between pixels are counted in 1/1024. */
const ONE = 1024;

/** Where a row or column of the result lies: between two of the input, `weight`/1024 on the way to the second. */
export interface ResizePlace {
  readonly low: number;
  readonly high: number;
  readonly weight: number;
}

/**
 * Bilinear interpolation in fixed point, as TensorFlow Lite's reference does it: places and weights in 1/1024, the sum
 * of four products rounded once, halves away from zero.
 * @param shape [batch, height, width, channels].
 * @param size height and width of the result.
 */
export function resizeBilinear(
  x: Int8Array,
  shape: readonly number[],
  size: readonly [number, number],
  how: Resizing,
): Int8Array {
  const [batch, height, width, channels] = shape as readonly [number, number, number, number];
  const rows = bilinearPlaces(height, size[0], how);
  const columns = bilinearPlaces(width, size[1], how);
  const out = new Int8Array(batch * size[0] * size[1] * channels);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (const row of rows) {
      const low = (image * height + row.low) * width;
      const high = (image * height + row.high) * width;
      for (const column of columns) {
        for (let c = 0; c < channels; c++, at++) {
          const value = (start: number, place: number) => x[(start + place) * channels + c] as number;
          const above =
            value(low, column.low) * (ONE - column.weight) + value(low, column.high) * column.weight;
          const below =
            value(high, column.low) * (ONE - column.weight) + value(high, column.high) * column.weight;
          const sum = above * (ONE - row.weight) + below * row.weight;
          out[at] = Math.trunc((sum + (sum > 0 ? ONE * ONE : -ONE * ONE) / 2) / (ONE * ONE));
        }
      }
    }
  }
  return out;
}

/** Where each row (or column) of the result of a bilinear interpolation lies. */
export function bilinearPlaces(
  input: number,
  output: number,
  { align_corners, half_pixel_centers }: Resizing,
): ResizePlace[] {
  const aligned = align_corners && output > 1 ? 1 : 0;
  const steps = output - aligned;
  const scale = Math.floor((ONE * (input - aligned) + (steps >> 1)) / steps);
  return Array.from({ length: output }, (_, i) => {
    const at = i * scale + (half_pixel_centers ? (scale >> 1) - ONE / 2 : 0);
    const low = Math.max(Math.trunc(at / ONE), 0);
    return { low, high: Math.min(Math.trunc((at + ONE - 1) / ONE), input - 1), weight: at - ONE * low };
  });
}

/**
 * The pixels next to each place, as TensorFlow Lite's reference finds them, in float32: ⌊place⌋, with aligned corners
 * the place rounded, halves up.
 * @param shape [batch, height, width, channels].
 * @param size height and width of the result.
 */
export function resizeNearestNeighbor(
  x: Int8Array,
  shape: readonly number[],
  size: readonly [number, number],
  how: Resizing,
): Int8Array {
  const [batch, height, width, channels] = shape as readonly [number, number, number, number];
  const rows = nearestPlaces(height, size[0], how);
  const columns = nearestPlaces(width, size[1], how);
  const out = new Int8Array(batch * size[0] * size[1] * channels);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (const row of rows) {
      for (const column of columns) {
        const from = ((image * height + row) * width + column) * channels;
        out.set(x.subarray(from, from + channels), at);
        at += channels;
      }
    }
  }
  return out;
}

/** The row (or column) of the input that each of the result is. */
export function nearestPlaces(
  input: number,
  output: number,
  { align_corners, half_pixel_centers }: Resizing,
): number[] {
  const aligned = align_corners && output > 1 ? 1 : 0;
  const scale = Math.fround((input - aligned) / (output - aligned));
  const offset = half_pixel_centers ? 0.5 : 0;
  return Array.from({ length: output }, (_, i) => {
    const place = Math.fround((i + offset) * scale);
    return Math.max(Math.min(align_corners ? Math.floor(place + 0.5) : Math.floor(place), input - 1), 0);
  });
}
