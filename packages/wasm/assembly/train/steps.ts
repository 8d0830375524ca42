import { loadFirst, storeFirst } from '../simd';

// Steps of optimizers, in the order of roundings that TensorFlow.js computes them in, so that results are the same.

/**
 * A step of Adam (Kingma and Ba 2015): new values and moments of `count` weights.
 * @param to new values; `toFirst` and `toSecond` new moments.
 * @param beta1,beta2 decay of the moments; `rest1` and `rest2` are 1 - beta, `correction1` and `correction2` 1 - betaᵗ.
 * @param rate the negative learning rate.
 */
export function adam(
  to: usize,
  toFirst: usize,
  toSecond: usize,
  value: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
  correction1: f32,
  correction2: f32,
  epsilon: f32,
  rate: f32,
): void {
  for (; count > 0; count -= 4) {
    const g = loadFirst(gradient, count);
    const m = f32x4.add(
      f32x4.mul(loadFirst(first, count), f32x4.splat(beta1)),
      f32x4.mul(g, f32x4.splat(rest1)),
    );
    const v = f32x4.add(
      f32x4.mul(loadFirst(second, count), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(g, g), f32x4.splat(rest2)),
    );
    const root = f32x4.sqrt(f32x4.div(v, f32x4.splat(correction2)));
    const step = f32x4.div(f32x4.div(m, f32x4.splat(correction1)), f32x4.add(root, f32x4.splat(epsilon)));
    const moved = f32x4.add(f32x4.mul(step, f32x4.splat(rate)), loadFirst(value, count));
    if (count >= 4) {
      v128.store(to, moved);
      v128.store(toFirst, m);
      v128.store(toSecond, v);
    } else {
      storeFirst(to, moved, moved, count);
      storeFirst(toFirst, m, m, count);
      storeFirst(toSecond, v, v, count);
    }
    to += 16;
    toFirst += 16;
    toSecond += 16;
    value += 16;
    gradient += 16;
    first += 16;
    second += 16;
  }
}

/** A step down the gradient: value + rate · gradient, with a negative rate. */
export function descend(to: usize, value: usize, gradient: usize, count: i32, rate: f32): void {
  const factor = f32x4.splat(rate);
  for (; count > 0; count -= 4) {
    const moved = f32x4.add(f32x4.mul(factor, loadFirst(gradient, count)), loadFirst(value, count));
    if (count >= 4) v128.store(to, moved);
    else storeFirst(to, moved, moved, count);
    to += 16;
    value += 16;
    gradient += 16;
  }
}
