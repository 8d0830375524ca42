import { madd } from '../simd';

/** ln 2 in two parts, so that a product of the first with an exponent is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/**
 * The natural logarithm, off by at most three units in the last place; -inf of 0, NaN of less. x = 2^n · (1 + r) with
 * 1 + r from √½ to √2; log(1 + r) = r - r²/2 + r³ · P(r), where P goes through the exact values at the zeros of a
 * Chebyshev polynomial and the whole is off by 3.2e-9.
 */
export function log(x: v128): v128 {
  // Numbers below the normal ones are made larger first.
  const isTiny = f32x4.lt(x, f32x4.splat(1.1754944e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, isTiny);
  // √½ counts as the beginning of a power of two.
  const bits = i32x4.sub(scaled, i32x4.splat(0x3f3504f3));
  const power = i32x4.shr_s(bits, 23);
  const rest = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  const n = f32x4.sub(f32x4.convert_i32x4_s(power), v128.and(f32x4.splat(23), isTiny));
  const r = f32x4.sub(rest, f32x4.splat(1));
  const z = f32x4.mul(r, r);
  let p = f32x4.splat(6.971611471451172e-2);
  p = madd(p, r, f32x4.splat(-1.1479733846637633e-1));
  p = madd(p, r, f32x4.splat(1.168541992348674e-1));
  p = madd(p, r, f32x4.splat(-1.2425687331451106e-1));
  p = madd(p, r, f32x4.splat(1.424905764569748e-1));
  p = madd(p, r, f32x4.splat(-1.6667802319501254e-1));
  p = madd(p, r, f32x4.splat(2.00007157488921e-1));
  p = madd(p, r, f32x4.splat(-2.4999996957950882e-1));
  p = madd(p, r, f32x4.splat(3.3333331180030046e-1));
  let y = f32x4.mul(f32x4.mul(p, r), z);
  y = f32x4.add(y, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  y = f32x4.add(f32x4.add(r, y), f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  const zero = f32x4.splat(0);
  const infinity = f32x4.splat(Infinity);
  // What is not between 0 and infinity: infinity and NaN stay, 0 gives -inf, less gives NaN.
  y = v128.bitselect(x, y, v128.or(f32x4.eq(x, infinity), f32x4.ne(x, x)));
  y = v128.bitselect(f32x4.neg(infinity), y, f32x4.eq(x, zero));
  return v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(x, zero));
}
