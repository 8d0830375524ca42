import { sumOf } from '../reduce/sums';
import { loadFirst, storeFirst } from '../simd';

/**
 * (x - mean) / √(variance + ε) · gamma + beta for each row by itself (Ba, Kiros and Hinton 2016).
 * @param gamma,beta one number for each column.
 */
export function layerNorm(
  to: usize,
  x: usize,
  rows: i32,
  columns: i32,
  gamma: usize,
  beta: usize,
  epsilon: f32,
): void {
  const bytes = (<usize>columns) << 2;
  for (let i = 0; i < rows; i++) {
    const mean = sumOf(x, columns) / <f32>columns;
    const variance = sumOfSquares(x, columns, mean) / <f32>columns;
    const scale = f32x4.splat(<f32>1 / sqrt<f32>(variance + epsilon));
    const middle = f32x4.splat(mean);
    for (let at: usize = 0, rest = columns; rest > 0; rest -= 4) {
      const normal = f32x4.mul(f32x4.sub(loadFirst(x + at, rest), middle), scale);
      const y = f32x4.add(f32x4.mul(normal, loadFirst(gamma + at, rest)), loadFirst(beta + at, rest));
      if (rest >= 4) v128.store(to + at, y);
      else storeFirst(to + at, y, y, rest);
      at += 16;
    }
    to += bytes;
    x += bytes;
  }
}

/** Σ (x - mean)², in eight sums. */
function sumOfSquares(x: usize, count: i32, mean: f32): f32 {
  const middle = f32x4.splat(mean);
  let a = f32x4.splat(0);
  let b = a;
  for (; count >= 8; count -= 8) {
    const x0 = f32x4.sub(v128.load(x), middle);
    const x1 = f32x4.sub(v128.load(x, 16), middle);
    a = f32x4.add(a, f32x4.mul(x0, x0));
    b = f32x4.add(b, f32x4.mul(x1, x1));
    x += 32;
  }
  a = f32x4.add(a, b);
  let sum =
    f32x4.extract_lane(a, 0) +
    f32x4.extract_lane(a, 1) +
    (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
  for (; count > 0; count--) {
    const d = load<f32>(x) - mean;
    sum += d * d;
    x += 4;
  }
  return sum;
}
