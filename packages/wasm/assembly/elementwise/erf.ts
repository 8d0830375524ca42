import { madd } from '../simd';
import { exp } from './exp';

/**
 * The error function, off by at most three units in the last place. Up to 1 an odd polynomial; beyond 1 - e^(-x²) · Q,
 * where Q is a polynomial of t = 1 / (1 + x / 2); from 4 on 1. Coefficients are those of polynomials through erf(x) / x,
 * and through e^(x²) · erfc(x), at the zeros of Chebyshev polynomials, off by 1.4e-9 (relative) and 8.3e-9 (absolute).
 */
export function erf(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(7.875875062685488e-5);
  p = madd(p, z, f32x4.splat(-8.01686428716587e-4));
  p = madd(p, z, f32x4.splat(5.189087423433974e-3));
  p = madd(p, z, f32x4.splat(-2.6854212010626412e-2));
  p = madd(p, z, f32x4.splat(1.1283594715160218e-1));
  p = madd(p, z, f32x4.splat(-3.7612626666720334e-1));
  const near = f32x4.mul(x, madd(p, z, f32x4.splat(1.1283791658483509)));
  const held = f32x4.pmin(size, f32x4.splat(4));
  const one = f32x4.splat(1);
  const t = f32x4.div(one, madd(held, f32x4.splat(0.5), one));
  let q = f32x4.splat(-2.1879573720282477e-1);
  q = madd(q, t, f32x4.splat(6.044720742179791e-1));
  q = madd(q, t, f32x4.splat(-3.0179187078857063e-2));
  q = madd(q, t, f32x4.splat(3.7871144104119653e-1));
  q = madd(q, t, f32x4.splat(2.644323566089702e-1));
  q = madd(q, t, f32x4.splat(1.3318622994971264e-3));
  const far = f32x4.sub(one, f32x4.mul(q, exp(f32x4.neg(f32x4.mul(held, held)))));
  return v128.bitselect(near, withSign(far, x), f32x4.lt(size, one));
}

/** The numbers of `x`, which are not below 0, with the signs of others. */
export function withSign(x: v128, sign: v128): v128 {
  return v128.or(x, v128.and(sign, f32x4.splat(-0.0)));
}
