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
/** Sums of a tile, eight for each row. */
export const SUMS: usize = 32;
/** Behind the sums of six rows: address of memory in which a panel of weights can be widened to 16 bits; 0 for none. */
export const WIDE: usize = 224;

// What is known of eight columns: as many floats or whole numbers of four bytes each.

export const SCALES: usize = 0;
/** -0 where there is none, which alters nothing. */
export const BIAS: usize = 32;
/** The sum of the column's weights, times which the zero point is in the sums of the relaxed form. */
export const WEIGHTS: usize = 64;
/** Bytes of all of it. */
export const COLUMNS_BYTES: usize = 96;

/** Writes the floats that the sums of a tile stand for and moves the target on behind its rows. */
export function finish(rows: i32, target: usize): void {
  const columns = load<usize>(target, COLUMNS);
  const cStep = load<usize>(target, C_STEP);
  const rowStep = load<usize>(target, ROW_STEP);
  const width = load<i32>(target, WIDTH);
  const w0 = v128.load(columns, WEIGHTS);
  const w1 = v128.load(columns, WEIGHTS + 16);
  const s0 = v128.load(columns, SCALES);
  const s1 = v128.load(columns, SCALES + 16);
  const b0 = v128.load(columns, BIAS);
  const b1 = v128.load(columns, BIAS + 16);
  const low = v128.load32_splat(target, LOW);
  const high = v128.load32_splat(target, HIGH);
  let c = load<usize>(target, C);
  let row = load<usize>(target, ROW);
  for (let sums = target; rows > 0; rows--) {
    const x = clamp(floats(v128.load(sums, SUMS), row, w0, s0, b0), low, high);
    const y = clamp(floats(v128.load(sums, SUMS + 16), row, w1, s1, b1), low, high);
    if (width === 8) {
      v128.store(c, x);
      v128.store(c, y, 16);
    } else storeFirst(c, x, y, width);
    sums += 32;
    c += cStep;
    row += rowStep;
  }
  store<usize>(target, c, C);
  store<usize>(target, row, ROW);
}

/** Four sums of a row. */
// @inline
function floats(x: v128, row: usize, weights: v128, scales: v128, bias: v128): v128 {
  if (RELAXED) x = i32x4.sub(x, i32x4.mul(v128.load32_splat(row, ZERO), weights));
  const factor = f32x4.mul(v128.load32_splat(row, SCALE), scales);
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(x), factor), bias);
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
