// The two forms of a dot product of integers.

/**
 * Numbers of K in one lane: with relaxed SIMD four bytes, of which those of A are unsigned, otherwise two numbers of 16
 * bits. Weights are int8 in memory in both.
 */
export const LANE: i32 = RELAXED ? 4 : 2;

/** Bytes of a number of A as tiles read it. */
export const A_BYTES: i32 = 4 / LANE;

/** Steps along K, two in the place of four numbers or one: tiles run through as many. */
export function stepsOf(k: i32): i32 {
  return ((k + 3) >> 2) * (4 / LANE);
}

/** Columns of a panel. */
export const PANEL: i32 = 8;

/** Bytes of a panel that one step reads. */
export const STEP: usize = PANEL * LANE;

// @inline
export function dot(x: v128, w: v128, sum: v128): v128 {
  if (RELAXED) return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, sum);
  return i32x4.add(sum, i32x4.dot_i16x8_s(x, w));
}

/** Numbers of four lanes from bytes that lie lane by lane. */
// @inline
export function lanes(from: usize): v128 {
  if (RELAXED) return v128.load(from);
  return v128.load_ext<u8>(from);
}

/**
 * A lane of a dot product whose bytes are all the same: tells what an engine does with bytes of A above 127, and whether
 * its sums are exact.
 * @param x from 0 to 255.
 * @param w from -128 to 127.
 */
export function dotOf(x: i32, w: i32): i32 {
  const a = RELAXED ? i8x16.splat(<i8>x) : i16x8.splat(<i16>x);
  const b = RELAXED ? i8x16.splat(<i8>w) : i16x8.splat(<i16>w);
  return i32x4.extract_lane(dot(a, b, i32x4.splat(1)), 0);
}
