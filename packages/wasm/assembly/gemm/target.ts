import { clamp, loadFirst, storeFirst } from '../simd';

// Where a tile goes and what becomes of it, in memory: a number of four bytes each.

/** Address of the tile's first number. */
export const C: usize = 0;
/** Bytes from row to row. */
export const C_STEP: usize = 4;
/** Columns of the tile, 1 to 8. */
export const WIDTH: usize = 8;
/** Address of eight biases. */
export const BIAS: usize = 12;
/** Whether what stands there is added: a block of K that is not the first. */
export const ADD: usize = 16;
/** What the result is held within. */
export const LOW: usize = 20;
export const HIGH: usize = 24;
/** Whether the tile is eight columns wide and nothing is added: it then needs no more than its sums and biases. */
export const WHOLE: usize = 28;
/** Eight zeros, the biases where there are none. */
export const ZEROS: usize = 32;

/** Writes eight sums of a row. */
export function finish(c: usize, x: v128, y: v128, target: usize): void {
  const bias = load<usize>(target, BIAS);
  x = f32x4.add(x, v128.load(bias));
  y = f32x4.add(y, v128.load(bias, 16));
  if (load<i32>(target, WHOLE)) {
    const low = v128.load_splat<f32>(target, LOW);
    const high = v128.load_splat<f32>(target, HIGH);
    v128.store(c, clamp(x, low, high));
    v128.store(c, clamp(y, low, high), 16);
    return;
  }
  const width = load<i32>(target, WIDTH);
  if (load<i32>(target, ADD)) {
    x = f32x4.add(x, loadFirst(c, width));
    y = f32x4.add(y, loadFirst(c + 16, width - 4));
  }
  const low = v128.load_splat<f32>(target, LOW);
  const high = v128.load_splat<f32>(target, HIGH);
  x = clamp(x, low, high);
  y = clamp(y, low, high);
  if (width === 8) {
    v128.store(c, x);
    v128.store(c, y, 16);
  } else storeFirst(c, x, y, width);
}
