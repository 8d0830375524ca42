import { endBlock, multiply } from './ending';
import { storeFirst } from './store';

// What a sum of two values needs to know, in memory: whole numbers of four bytes, in the order of `src/integer/sums.ts`.

/** Upper and lower 15 bits of what a and b are multiplied by, those of b in the upper half of a number. */
const UPPER: usize = 0;
const LOWER: usize = 4;
/** What is added: zero points, a half, and what sums may be off by. */
const CONSTANT: usize = 8;
/** The bits of a sum that are all 0 where it lies next to a whole number. */
const MASK: usize = 12;
/** Zero points of a and b as unsigned bytes. */
const A_ZERO: usize = 16;
const B_ZERO: usize = 20;
/** Multipliers of a, of b and of their sum, with the sign of b. */
const A_VALUE: usize = 24;
const A_SHIFT: usize = 28;
const B_VALUE: usize = 32;
const B_SHIFT: usize = 36;
const VALUE: usize = 40;
const SHIFT: usize = 44;
const SIGN: usize = 48;
/** Zero point and ends of the result, as unsigned bytes. */
const ZERO: usize = 52;
const LOW: usize = 56;
const HIGH: usize = 60;

/** Bits behind the point of a sum. */
const FRACTION: i32 = 16;
/** Bits of the upper part of a product that the lower part does not reach, and bits of the lower part that are cut off. */
const UPPER_SHIFT: i32 = 5;
const LOWER_SHIFT: i32 = 10;

/**
 * Sums or differences of values. All are computed in fixed point by one multiplication of each value. What comes so near
 * to a half that this cannot tell how the definition rounds it is done once more by definition.
 */
export function sumBytes(to: usize, a: usize, b: usize, count: i32, g: usize): void {
  const upper = v128.load32_splat(g, UPPER);
  const lower = v128.load32_splat(g, LOWER);
  const constant = v128.load32_splat(g, CONSTANT);
  const mask = v128.load32_splat(g, MASK);
  const low = i8x16.splat(load<i8>(g, LOW));
  const high = i8x16.splat(load<i8>(g, HIGH));
  for (; count > 0; count -= 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    const x0 = i16x8.extend_low_i8x16_u(x);
    const x1 = i16x8.extend_high_i8x16_u(x);
    const y0 = i16x8.extend_low_i8x16_u(y);
    const y1 = i16x8.extend_high_i8x16_u(y);
    let s0 = fixed(v128.shuffle<i16>(x0, y0, 0, 8, 1, 9, 2, 10, 3, 11), upper, lower, constant);
    let s1 = fixed(v128.shuffle<i16>(x0, y0, 4, 12, 5, 13, 6, 14, 7, 15), upper, lower, constant);
    let s2 = fixed(v128.shuffle<i16>(x1, y1, 0, 8, 1, 9, 2, 10, 3, 11), upper, lower, constant);
    let s3 = fixed(v128.shuffle<i16>(x1, y1, 4, 12, 5, 13, 6, 14, 7, 15), upper, lower, constant);
    const least = i32x4.min_u(
      i32x4.min_u(v128.and(s0, mask), v128.and(s1, mask)),
      i32x4.min_u(v128.and(s2, mask), v128.and(s3, mask)),
    );
    if (i32x4.all_true(least)) {
      s0 = i16x8.narrow_i32x4_s(i32x4.shr_s(s0, FRACTION), i32x4.shr_s(s1, FRACTION));
      s2 = i16x8.narrow_i32x4_s(i32x4.shr_s(s2, FRACTION), i32x4.shr_s(s3, FRACTION));
      storeFirst(to, i8x16.min_u(i8x16.max_u(i8x16.narrow_i16x8_u(s0, s2), low), high), count);
    } else byDefinition(to, a, b, min(count, 16), g);
    to += 16;
    a += 16;
    b += 16;
  }
}

// @inline
function fixed(pairs: v128, upper: v128, lower: v128, constant: v128): v128 {
  const high = i32x4.shl(i32x4.dot_i16x8_s(pairs, upper), UPPER_SHIFT);
  const low = i32x4.shr_s(i32x4.dot_i16x8_s(pairs, lower), LOWER_SHIFT);
  return i32x4.add(i32x4.add(high, constant), low);
}

/** Sums as TensorFlow Lite's reference computes them. */
function byDefinition(to: usize, a: usize, b: usize, count: i32, g: usize): void {
  for (let i = 0; i < count; i++) {
    const p = multiply(
      (<i32>load<u8>(a + i) - load<i32>(g, A_ZERO)) << 20,
      load<i32>(g, A_VALUE),
      load<i32>(g, A_SHIFT),
    );
    const q = multiply(
      (<i32>load<u8>(b + i) - load<i32>(g, B_ZERO)) << 20,
      load<i32>(g, B_VALUE),
      load<i32>(g, B_SHIFT),
    );
    const y =
      multiply(p + load<i32>(g, SIGN) * q, load<i32>(g, VALUE), load<i32>(g, SHIFT)) + load<i32>(g, ZERO);
    store<u8>(to + i, <u8>max(min(y, load<i32>(g, HIGH)), load<i32>(g, LOW)));
  }
}

/**
 * Products of values, whose multiplier is that of the eight equal `columns`.
 * @param aZero zero points as unsigned bytes.
 */
export function multiplyBytes(
  to: usize,
  a: usize,
  b: usize,
  count: i32,
  aZero: i32,
  bZero: i32,
  columns: usize,
  target: usize,
): void {
  const p = i16x8.splat(<i16>aZero);
  const q = i16x8.splat(<i16>bZero);
  for (; count > 0; count -= 16) {
    const x0 = i16x8.sub(v128.load_ext<u8>(a), p);
    const x1 = i16x8.sub(v128.load_ext<u8>(a, 8), p);
    const y0 = i16x8.sub(v128.load_ext<u8>(b), q);
    const y1 = i16x8.sub(v128.load_ext<u8>(b, 8), q);
    const first = i32x4.extmul_low_i16x8_s(x0, y0);
    const second = i32x4.extmul_high_i16x8_s(x0, y0);
    const third = i32x4.extmul_low_i16x8_s(x1, y1);
    const fourth = i32x4.extmul_high_i16x8_s(x1, y1);
    storeFirst(to, endBlock(first, second, third, fourth, columns, 0, target), count);
    to += 16;
    a += 16;
    b += 16;
  }
}
