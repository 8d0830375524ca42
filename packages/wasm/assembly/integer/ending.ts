import * as T from './target';

/** 1.5 · 2^52: what is added to it is rounded to a whole number, which stands in the low 32 bits. */
const ROUNDER: f64 = 6755399441055744.0;

/** Sums of a tile, eight for each row. */
export const SUMS: usize = T.SUMS;

/** All results at or above the zero point, because a clamp lets none below pass. */
export const RISING: i32 = 0;
export const SIGNED: i32 = 1;
/** Multipliers that need more than 53 bits. */
export const EXACT: i32 = 2;

/** Two sums times their multipliers and something more. Double precision holds enough of it with one rounding or two. */
// @inline
function scaled(x: v128, columns: usize, more: v128): v128 {
  if (RELAXED) return f64x2.relaxed_madd(x, v128.load(columns, T.MULTIPLIER), more);
  return f64x2.add(f64x2.mul(x, v128.load(columns, T.MULTIPLIER)), more);
}

/** Two sums times their multipliers, rounded to whole numbers in the low halves. */
// @inline
function rising(x: v128, columns: usize): v128 {
  return f64x2.add(scaled(x, columns, v128.load(columns, T.OFFSET)), f64x2.splat(ROUNDER));
}

// @inline
function signed(x: v128, columns: usize): v128 {
  const below = v128.and(f64x2.lt(x, f64x2.splat(0)), v128.load(columns, T.BELOW));
  return f64x2.add(scaled(x, columns, f64x2.add(v128.load(columns, T.OFFSET), below)), f64x2.splat(ROUNDER));
}

/** Four sums of int32, rounded: `signed` or `rising` by a constant. */
// @inline
function four(x: v128, columns: usize, isSigned: bool): v128 {
  const a = f64x2.convert_low_i32x4_s(x);
  const b = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
  if (isSigned) return v128.shuffle<i32>(signed(a, columns), signed(b, columns + 16), 0, 2, 4, 6);
  return v128.shuffle<i32>(rising(a, columns), rising(b, columns + 16), 0, 2, 4, 6);
}

/** What TensorFlow Lite's MultiplyByQuantizedMultiplier computes, in whole numbers. */
export function multiply(x: i32, value: i32, shift: i32): i32 {
  let wide = <i64>x;
  // By 31 places all but 0 pass the ends.
  if (shift > 0) wide = max(min(wide << min(shift, 31), <i64>i32.MAX_VALUE), <i64>i32.MIN_VALUE);
  const high = <i32>((wide * <i64>value + (1 << 30)) >> 31);
  if (shift >= 0) return high;
  const mask = <i32>(((<i64>1) << -shift) - 1);
  return (high >> -shift) + i32((high & mask) > (mask >> 1) + i32(high < 0));
}

function exactFour(x: v128, columns: usize): v128 {
  let y = i32x4.splat(
    multiply(i32x4.extract_lane(x, 0), load<i32>(columns, T.VALUE), load<i32>(columns, T.SHIFT)),
  );
  y = i32x4.replace_lane(
    y,
    1,
    multiply(i32x4.extract_lane(x, 1), load<i32>(columns, T.VALUE + 4), load<i32>(columns, T.SHIFT + 4)),
  );
  y = i32x4.replace_lane(
    y,
    2,
    multiply(i32x4.extract_lane(x, 2), load<i32>(columns, T.VALUE + 8), load<i32>(columns, T.SHIFT + 8)),
  );
  return i32x4.replace_lane(
    y,
    3,
    multiply(i32x4.extract_lane(x, 3), load<i32>(columns, T.VALUE + 12), load<i32>(columns, T.SHIFT + 12)),
  );
}

/** Four sums, their bias included, rounded: the first of eight columns or the others (`half`), by a constant `ending`. */
// @inline
function rounded(x: v128, columns: usize, half: usize, ending: i32): v128 {
  if (ending === RISING) return four(x, columns + 32 * half, false);
  if (ending === SIGNED) return four(x, columns + 32 * half, true);
  return exactFour(x, columns + 16 * half);
}

/** Eight whole numbers as bytes between the ends, in the low half. */
// @inline
function toBytes(x: v128, y: v128, target: usize): v128 {
  const wide = i16x8.add_sat_s(i16x8.narrow_i32x4_s(x, y), v128.load(target, T.ZERO));
  const bytes = i8x16.narrow_i16x8_u(wide, wide);
  return i8x16.min_u(i8x16.max_u(bytes, v128.load(target, T.LOW)), v128.load(target, T.HIGH));
}

/** Writes what becomes of the sums of a tile, and moves the target on behind its rows. */
export function finish(rows: i32, target: usize): void {
  const ending = load<i32>(load<usize>(target, T.COLUMNS), T.ENDING);
  if (ending === RISING) finishRows(rows, target, RISING);
  else if (ending === SIGNED) finishRows(rows, target, SIGNED);
  else finishRows(rows, target, EXACT);
}

// @inline
function finishRows(rows: i32, target: usize, ending: i32): void {
  const columns = load<usize>(target, T.COLUMNS);
  const cStep = load<usize>(target, T.C_STEP);
  const width = load<i32>(target, T.WIDTH);
  let c = load<usize>(target, T.C);
  let rowSum = load<usize>(target, T.ROW_SUM);
  for (let sums = target; rows > 0; rows--) {
    let x = i32x4.add(v128.load(sums, SUMS), v128.load(columns, T.BIAS));
    let y = i32x4.add(v128.load(sums, SUMS + 16), v128.load(columns, T.BIAS + 16));
    if (rowSum) {
      const sum = v128.load32_splat(rowSum);
      x = i32x4.add(x, sum);
      y = i32x4.add(y, sum);
      rowSum += 4;
    }
    const bytes = toBytes(rounded(x, columns, 0, ending), rounded(y, columns, 1, ending), target);
    if (width === 8) v128.store64_lane(c, bytes, 0);
    else {
      v128.store64_lane(target, bytes, 0, T.SPARE);
      for (let i = 0; i < width; i++) store<u8>(c + i, load<u8>(target + i, T.SPARE));
    }
    sums += 32;
    c += cStep;
  }
  store<usize>(target, c, T.C);
  store<usize>(target, rowSum, T.ROW_SUM);
}

/** Numbers of 16 bits between ends of bytes, 8 and 8. */
// @inline
function allBytes(x: v128, y: v128, target: usize): v128 {
  const zero = v128.load(target, T.ZERO);
  const bytes = i8x16.narrow_i16x8_u(i16x8.add_sat_s(x, zero), i16x8.add_sat_s(y, zero));
  return i8x16.min_u(i8x16.max_u(bytes, v128.load(target, T.LOW)), v128.load(target, T.HIGH));
}

/**
 * Sums of four rows for the same four columns, their bias included: what becomes of them, row by row.
 * @param half 0 for the first four of the eight columns, 1 for the others.
 */
// @inline
export function endBlock(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  columns: usize,
  half: usize,
  target: usize,
): v128 {
  if (load<i32>(columns, T.ENDING) !== RISING) return endOther(a, b, c, d, columns, half, target);
  return roundedBlock(a, b, c, d, columns, half, target, RISING);
}

function endOther(a: v128, b: v128, c: v128, d: v128, columns: usize, half: usize, target: usize): v128 {
  if (load<i32>(columns, T.ENDING) === SIGNED) return roundedBlock(a, b, c, d, columns, half, target, SIGNED);
  return roundedBlock(a, b, c, d, columns, half, target, EXACT);
}

// @inline
function roundedBlock(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  columns: usize,
  half: usize,
  target: usize,
  ending: i32,
): v128 {
  const x = i16x8.narrow_i32x4_s(rounded(a, columns, half, ending), rounded(b, columns, half, ending));
  const y = i16x8.narrow_i32x4_s(rounded(c, columns, half, ending), rounded(d, columns, half, ending));
  return allBytes(x, y, target);
}
