import { clamp, loadFirst, madd, storeFirst } from '../simd';
import { exp } from './exp';

/** √½, and -2 · √(2/π). */
const HALF_ROOT: f32 = 0.70710678118654752;
const MINUS_TWO_ROOT: f32 = -1.5957691216057308;
/** Where the error function rounds to 1. */
const LAST: f32 = 3.8325069;

/**
 * y = x · Φ(x) with the normal distribution Φ, by the error function or by its usual approximation with tanh.
 * @param approximate 1 for that.
 */
export function gelu(y: usize, x: usize, count: i32, approximate: i32): void {
  for (; count > 0; count -= 4) {
    const from = loadFirst(x, count);
    const to = approximate ? byTanh(from) : byErf(from);
    if (count >= 4) v128.store(y, to);
    else storeFirst(y, to, to, count);
    x += 16;
    y += 16;
  }
}

/** ½ x · (1 + erf(x / √2)). */
function byErf(x: v128): v128 {
  const half = f32x4.mul(x, f32x4.splat(0.5));
  return f32x4.mul(half, f32x4.add(f32x4.splat(1), coarseErf(f32x4.mul(x, f32x4.splat(HALF_ROOT)))));
}

/**
 * The error function as a quotient of polynomials, off by at most 6 · 2^-24: less than its last digits near 1 cost, as
 * it is added to 1 here, and no good where small results are to be exact. From LAST on it is 1 in float32. (Numbers as in
 * the error function of Eigen, whose terms are all above 0.)
 */
function coarseErf(x: v128): v128 {
  const held = clamp(x, f32x4.splat(-LAST), f32x4.splat(LAST));
  const z = f32x4.mul(held, held);
  let p = madd(z, f32x4.splat(2.1237322e-6), f32x4.splat(2.8619796e-4));
  p = madd(p, z, f32x4.splat(3.6580483e-3));
  p = madd(p, z, f32x4.splat(5.2433022e-2));
  p = madd(p, z, f32x4.splat(1.8741608e-1));
  p = madd(p, z, f32x4.splat(1.1283791));
  let q = madd(z, f32x4.splat(3.8918573e-5), f32x4.splat(1.143296e-3));
  q = madd(q, z, f32x4.splat(1.4752088e-2));
  q = madd(q, z, f32x4.splat(1.1294568e-1));
  q = madd(q, z, f32x4.splat(4.994258e-1));
  q = madd(q, z, f32x4.splat(1));
  const sign = v128.or(v128.and(x, f32x4.splat(-0.0)), f32x4.splat(1));
  const inside = f32x4.div(f32x4.mul(held, p), q);
  return v128.bitselect(sign, inside, f32x4.ge(f32x4.abs(x), f32x4.splat(LAST)));
}

/** ½ x · (1 + tanh(u)) = x / (1 + e^(-2u)) with u = √(2/π) · (x + 0.044715 x³): exact to the last digits below 0, too. */
function byTanh(x: v128): v128 {
  const cube = f32x4.mul(f32x4.mul(x, x), x);
  const u = f32x4.mul(madd(cube, f32x4.splat(0.044715), x), f32x4.splat(MINUS_TWO_ROOT));
  return f32x4.div(x, f32x4.add(f32x4.splat(1), exp(u)));
}
