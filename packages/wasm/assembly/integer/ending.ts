import * as T from './target';

/** 1.5 · 2^52: what is added to it is rounded to a whole number, which stands in the low 32 bits. */
const ROUNDER: f64 = 6755399441055744.0;

/** More than any result and zero point are apart. */
const FAR: i32 = 1024;

/** Sums of a tile, eight for each row. */
export const SUMS: usize = T.SUMS;

/** All results at or above the zero point, because a clamp lets none below pass. */
export const RISING: i32 = 0;
export const SIGNED: i32 = 1;
/** Multipliers that need more than 53 bits. */
export const EXACT: i32 = 2;

/** Two sums times their multipliers and something more. Double precision holds enough of it with one rounding or two. */
// @inline
function scaled(x: v128, multiplier: v128, more: v128): v128 {
  if (RELAXED) return f64x2.relaxed_madd(x, multiplier, more);
  return f64x2.add(f64x2.mul(x, multiplier), more);
}

/** What is added to two sums before they are rounded: something else to those below 0. */
// @inline
function offsetOf(x: v128, offset: v128, below: v128): v128 {
  const isBelow = f64x2.lt(x, f64x2.splat(0));
  if (RELAXED) return i64x2.relaxed_laneselect(below, offset, isBelow);
  return f64x2.add(offset, v128.and(isBelow, below));
}

/** As `offsetOf` takes it: all that is added to sums below 0, or what is added besides. */
// @inline
function belowOf(below: v128, offset: v128): v128 {
  return RELAXED ? f64x2.add(offset, below) : below;
}

/** Two sums of double precision, rounded to whole numbers in the low halves: `SIGNED` or `RISING` by a constant. */
// @inline
function two(x: v128, multiplier: v128, offset: v128, below: v128, rounder: v128, ending: i32): v128 {
  const more = ending === SIGNED ? offsetOf(x, offset, below) : offset;
  return f64x2.add(scaled(x, multiplier, more), rounder);
}

/** Four sums of int32, rounded. */
// @inline
function four(
  x: v128,
  m0: v128,
  m1: v128,
  o0: v128,
  o1: v128,
  n0: v128,
  n1: v128,
  rounder: v128,
  ending: i32,
): v128 {
  const a = two(f64x2.convert_low_i32x4_s(x), m0, o0, n0, rounder, ending);
  const b = two(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(x, x, 2, 3, 2, 3)), m1, o1, n1, rounder, ending);
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** What rounds two sums to whole numbers and adds the zero point of the result. */
// @inline
function rounderOf(target: usize): v128 {
  return f64x2.splat(ROUNDER + <f64>load<i32>(target, T.ZERO));
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

function exactFour(x: v128, columns: usize, target: usize): v128 {
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
  y = i32x4.replace_lane(
    y,
    3,
    multiply(i32x4.extract_lane(x, 3), load<i32>(columns, T.VALUE + 12), load<i32>(columns, T.SHIFT + 12)),
  );
  // What is farther from 0 passes every clamp.
  y = i32x4.min_s(i32x4.max_s(y, i32x4.splat(-FAR)), i32x4.splat(FAR));
  return i32x4.add(y, i32x4.splat(load<i32>(target, T.ZERO)));
}

/** Eight whole numbers as bytes between the ends, in the low half. */
// @inline
function toBytes(x: v128, y: v128, low: v128, high: v128): v128 {
  const wide = i16x8.narrow_i32x4_s(x, y);
  return i8x16.min_u(i8x16.max_u(i8x16.narrow_i16x8_u(wide, wide), low), high);
}

/** Writes what becomes of the sums of a tile, and moves the target on behind its rows. */
export function finish(rows: i32, target: usize): void {
  const ending = load<i32>(load<usize>(target, T.COLUMNS), T.ENDING);
  if (ending === RISING) finishRows(rows, target, RISING);
  else if (ending === SIGNED) finishRows(rows, target, SIGNED);
  else finishRows(rows, target, EXACT);
}

/** All that is known of columns is read once: V8 does not do that of its own accord, and reading it takes longest. */
// @inline
function finishRows(rows: i32, target: usize, ending: i32): void {
  const columns = load<usize>(target, T.COLUMNS);
  const cStep = load<usize>(target, T.C_STEP);
  const width = load<i32>(target, T.WIDTH);
  const low = v128.load(target, T.LOW);
  const high = v128.load(target, T.HIGH);
  const b0 = v128.load(columns, T.BIAS);
  const b1 = v128.load(columns, T.BIAS + 16);
  const m0 = v128.load(columns, T.MULTIPLIER);
  const m1 = v128.load(columns, T.MULTIPLIER + 16);
  const m2 = v128.load(columns, T.MULTIPLIER + 32);
  const m3 = v128.load(columns, T.MULTIPLIER + 48);
  const o0 = v128.load(columns, T.OFFSET);
  const o1 = v128.load(columns, T.OFFSET + 16);
  const o2 = v128.load(columns, T.OFFSET + 32);
  const o3 = v128.load(columns, T.OFFSET + 48);
  const n0 = belowOf(v128.load(columns, T.BELOW), o0);
  const n1 = belowOf(v128.load(columns, T.BELOW + 16), o1);
  const n2 = belowOf(v128.load(columns, T.BELOW + 32), o2);
  const n3 = belowOf(v128.load(columns, T.BELOW + 48), o3);
  const rounder = rounderOf(target);
  let c = load<usize>(target, T.C);
  let rowSum = load<usize>(target, T.ROW_SUM);
  for (let sums = target; rows > 0; rows--) {
    let x = i32x4.add(v128.load(sums, SUMS), b0);
    let y = i32x4.add(v128.load(sums, SUMS + 16), b1);
    if (rowSum) {
      const sum = v128.load32_splat(rowSum);
      x = i32x4.add(x, sum);
      y = i32x4.add(y, sum);
      rowSum += 4;
    }
    if (ending === EXACT) {
      x = exactFour(x, columns, target);
      y = exactFour(y, columns + 16, target);
    } else {
      x = four(x, m0, m1, o0, o1, n0, n1, rounder, ending);
      y = four(y, m2, m3, o2, o3, n2, n3, rounder, ending);
    }
    const bytes = toBytes(x, y, low, high);
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
  return roundedBlock(a, b, c, d, columns + 32 * half, target, RISING);
}

function endOther(a: v128, b: v128, c: v128, d: v128, columns: usize, half: usize, target: usize): v128 {
  if (load<i32>(columns, T.ENDING) === SIGNED)
    return roundedBlock(a, b, c, d, columns + 32 * half, target, SIGNED);
  return roundedBlock(a, b, c, d, columns + 16 * half, target, EXACT);
}

/** @param columns what is known of the first of the four, as `ending` reads it. */
// @inline
function roundedBlock(a: v128, b: v128, c: v128, d: v128, columns: usize, target: usize, ending: i32): v128 {
  if (ending === EXACT) {
    a = exactFour(a, columns, target);
    b = exactFour(b, columns, target);
    c = exactFour(c, columns, target);
    d = exactFour(d, columns, target);
  } else {
    const m0 = v128.load(columns, T.MULTIPLIER);
    const m1 = v128.load(columns, T.MULTIPLIER + 16);
    const o0 = v128.load(columns, T.OFFSET);
    const o1 = v128.load(columns, T.OFFSET + 16);
    const n0 = belowOf(v128.load(columns, T.BELOW), o0);
    const n1 = belowOf(v128.load(columns, T.BELOW + 16), o1);
    const rounder = rounderOf(target);
    a = four(a, m0, m1, o0, o1, n0, n1, rounder, ending);
    b = four(b, m0, m1, o0, o1, n0, n1, rounder, ending);
    c = four(c, m0, m1, o0, o1, n0, n1, rounder, ending);
    d = four(d, m0, m1, o0, o1, n0, n1, rounder, ending);
  }
  const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  return i8x16.min_u(i8x16.max_u(bytes, v128.load(target, T.LOW)), v128.load(target, T.HIGH));
}
