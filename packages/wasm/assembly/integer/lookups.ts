/** table[byte], 256 bytes. */
export function lookUpBytes(to: usize, from: usize, count: i32, table: usize): void {
  for (; count >= 8; count -= 8) {
    store<u8>(to, load<u8>(table + load<u8>(from)));
    store<u8>(to, load<u8>(table + load<u8>(from, 1)), 1);
    store<u8>(to, load<u8>(table + load<u8>(from, 2)), 2);
    store<u8>(to, load<u8>(table + load<u8>(from, 3)), 3);
    store<u8>(to, load<u8>(table + load<u8>(from, 4)), 4);
    store<u8>(to, load<u8>(table + load<u8>(from, 5)), 5);
    store<u8>(to, load<u8>(table + load<u8>(from, 6)), 6);
    store<u8>(to, load<u8>(table + load<u8>(from, 7)), 7);
    to += 8;
    from += 8;
  }
  for (; count > 0; count--) store<u8>(to++, load<u8>(table + load<u8>(from++)));
}

/** The largest of bytes. */
function largest(from: usize, count: i32): i32 {
  let most: i32 = 0;
  if (count >= 16) {
    let x = v128.load(from);
    for (let i = 16; i + 16 <= count; i += 16) x = i8x16.max_u(x, v128.load(from + i));
    x = i8x16.max_u(x, v128.load(from + count - 16));
    x = i8x16.max_u(x, v128.shuffle<i64>(x, x, 1, 1));
    x = i8x16.max_u(x, v128.shuffle<i32>(x, x, 1, 1, 2, 3));
    for (let i = 0; i < 4; i++) {
      most = max(most, i8x16.extract_lane_u(x, 0));
      x = v128.shuffle<i8>(x, x, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    return most;
  }
  for (let i = 0; i < count; i++) most = max(most, <i32>load<u8>(from + i));
  return most;
}

/** 1.5 · 2^52: what is added to it is rounded to a whole number, which stands in the low 32 bits. */
const ROUNDER: f64 = 6755399441055744.0;
/** Sums below this are told apart by rounding: see there. */
const MOST: i64 = 1 << 40;
/** 2^-42. */
const NUDGE: f64 = 2.2737367544323206e-13;

/**
 * Softmax of rows, in whole numbers below 2^53, which double precision holds: no quotient of them is rounded up to a whole
 * number that it does not reach.
 * @param table 256 int32 numbers: exponentials of steps below the largest.
 * @param work four bytes for each number of a row, and 16.
 */
export function softmaxBytes(
  to: usize,
  from: usize,
  rows: i32,
  columns: i32,
  table: usize,
  work: usize,
): void {
  for (; rows > 0; rows--) {
    const most = largest(from, columns);
    let sum: i64 = 0;
    for (let i = 0; i < columns; i++) {
      const e = load<i32>(table + ((<usize>(most - <i32>load<u8>(from + i))) << 2));
      sum += e;
      store<i32>(work + ((<usize>i) << 2), e);
    }
    let i = 0;
    if (sum < MOST) {
      const factor = f64x2.splat(256 / <f64>sum);
      for (; i + 8 <= columns; i += 8) {
        const low = shares(v128.load(work + ((<usize>i) << 2)), factor);
        const high = shares(v128.load(work + ((<usize>i) << 2), 16), factor);
        const wide = i16x8.narrow_i32x4_s(low, high);
        v128.store64_lane(to + i, i8x16.narrow_i16x8_u(wide, wide), 0);
      }
    }
    for (; i < columns; i++) {
      const e = <f64>load<i32>(work + ((<usize>i) << 2));
      store<u8>(to + i, <u8>min(<i32>((512 * e + <f64>sum) / (2 * <f64>sum)), 255));
    }
    from += columns;
    to += columns;
  }
}

/**
 * 256 · e / S of four, rounded, halves up. A quotient that is no half is 1 / (2 S) > 2^-41 away from one, and what is
 * computed is less than 2^-43 away from the quotient: half of the first more tells halves from what is below.
 */
// @inline
function shares(e: v128, factor: v128): v128 {
  const nudge = f64x2.splat(NUDGE);
  const rounder = f64x2.splat(ROUNDER);
  const a = f64x2.mul(f64x2.convert_low_i32x4_s(e), factor);
  const b = f64x2.mul(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(e, e, 2, 3, 2, 3)), factor);
  const x = f64x2.add(f64x2.add(a, nudge), rounder);
  return v128.shuffle<i32>(x, f64x2.add(f64x2.add(b, nudge), rounder), 0, 2, 4, 6);
}
