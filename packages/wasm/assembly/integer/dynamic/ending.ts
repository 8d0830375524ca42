import { clamp, storeFirst } from '../../simd';
import { PARAMS_BYTES, SCALE, ZERO } from './params';

// Where the sums of a tile go and what becomes of them, in memory. Offsets are bytes.

/** Address of the next row's first float, and bytes from row to row. */
export const C: usize = 0;
export const C_STEP: usize = 4;
/** Columns, 1 to 8. */
export const WIDTH: usize = 8;
/** Address of what is known of the panel's columns: see below. */
export const COLUMNS: usize = 12;
/** Address of the parameters of the next row, and bytes from row to row. */
export const ROW: usize = 16;
export const ROW_STEP: usize = 20;
/** What the result is held within. */
export const LOW: usize = 24;
export const HIGH: usize = 28;

// What is known of eight columns: as many floats or whole numbers of four bytes each.

export const SCALES: usize = 0;
/** -0 where there is none, which alters nothing. */
export const BIAS: usize = 32;
/** The sum of the column's weights, times which the zero point is in the sums of the relaxed form. */
export const SUMS: usize = 64;
/** Bytes of all of it. */
export const COLUMNS_BYTES: usize = 96;

/** Eight sums of a row: writes the floats that they stand for and moves the target on to the next row. */
export function finish(x: v128, y: v128, target: usize): void {
  const columns = load<usize>(target, COLUMNS);
  const row = load<usize>(target, ROW);
  const c = load<usize>(target, C);
  store<usize>(target, row + load<usize>(target, ROW_STEP), ROW);
  store<usize>(target, c + load<usize>(target, C_STEP), C);
  if (RELAXED) {
    const zero = v128.load32_splat(row, ZERO);
    x = i32x4.sub(x, i32x4.mul(zero, v128.load(columns, SUMS)));
    y = i32x4.sub(y, i32x4.mul(zero, v128.load(columns, SUMS + 16)));
  }
  const scale = v128.load32_splat(row, SCALE);
  x = f32x4.mul(f32x4.convert_i32x4_s(x), f32x4.mul(scale, v128.load(columns, SCALES)));
  y = f32x4.mul(f32x4.convert_i32x4_s(y), f32x4.mul(scale, v128.load(columns, SCALES + 16)));
  const low = v128.load32_splat(target, LOW);
  const high = v128.load32_splat(target, HIGH);
  x = clamp(f32x4.add(x, v128.load(columns, BIAS)), low, high);
  y = clamp(f32x4.add(y, v128.load(columns, BIAS + 16)), low, high);
  const width = load<i32>(target, WIDTH);
  if (width === 8) {
    v128.store(c, x);
    v128.store(c, y, 16);
  } else storeFirst(c, x, y, width);
}

/** Parameters of rows as those of columns, eight by eight. */
export function dynamicColumns(to: usize, params: usize, count: i32): void {
  for (let j = 0; j < count; j++) {
    store<f32>(to, load<f32>(params, SCALE), SCALES);
    store<f32>(to, -0.0, BIAS);
    params += PARAMS_BYTES;
    to += (j & 7) === 7 ? COLUMNS_BYTES - 28 : 4;
  }
}
