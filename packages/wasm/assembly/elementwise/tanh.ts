import { madd } from '../simd';
import { withSign } from './erf';
import { exp } from './exp';

/** Up to here an odd polynomial is used: 1 - 2 / (e^2x + 1) would lose the digits of small numbers. */
const NEAR: f32 = 0.625;

/**
 * tanh, off by at most three units in the last place. The polynomial goes through tanh(x) / x at the zeros of a
 * Chebyshev polynomial and is off by 4.6e-9.
 */
export function tanh(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-5.59978503728395e-3);
  p = madd(p, z, f32x4.splat(2.053697199791159e-2));
  p = madd(p, z, f32x4.splat(-5.370427743882602e-2));
  p = madd(p, z, f32x4.splat(1.3330917169420545e-1));
  p = madd(p, z, f32x4.splat(-3.333325144731388e-1));
  const near = madd(f32x4.mul(p, z), x, x);
  const size = f32x4.abs(x);
  const grown = f32x4.add(exp(f32x4.add(size, size)), f32x4.splat(1));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), grown));
  return v128.bitselect(near, withSign(far, x), f32x4.lt(size, f32x4.splat(NEAR)));
}
