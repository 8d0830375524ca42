import { loadFirst, storeFirst } from '../simd';

/**
 * (x - mean) · scale / √(variance + ε) + offset for rows of `columns` numbers. Scale and offset are one number for each
 * column; so are mean and variance, or with `each` one for each number of x.
 * @param work memory for `columns` numbers and three more.
 */
export function batchNorm(
  to: usize,
  x: usize,
  rows: i32,
  columns: i32,
  mean: usize,
  variance: usize,
  offset: usize,
  scale: usize,
  epsilon: f32,
  each: bool,
  work: usize,
): void {
  const bytes = (<usize>columns) << 2;
  const small = f32x4.splat(epsilon);
  if (!each) {
    for (let at: usize = 0, rest = columns; rest > 0; rest -= 4) {
      v128.store(
        work + at,
        f32x4.div(loadFirst(scale + at, rest), root(loadFirst(variance + at, rest), small)),
      );
      at += 16;
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let at: usize = 0, rest = columns; rest > 0; rest -= 4) {
      const factor = each
        ? f32x4.div(loadFirst(scale + at, rest), root(loadFirst(variance + at, rest), small))
        : v128.load(work + at);
      const moved = f32x4.sub(loadFirst(x + at, rest), loadFirst(mean + at, rest));
      const y = f32x4.add(f32x4.mul(moved, factor), loadFirst(offset + at, rest));
      if (rest >= 4) v128.store(to + at, y);
      else storeFirst(to + at, y, y, rest);
      at += 16;
    }
    to += bytes;
    x += bytes;
    if (each) {
      mean += bytes;
      variance += bytes;
    }
  }
}

function root(variance: v128, epsilon: v128): v128 {
  return f32x4.sqrt(f32x4.add(variance, epsilon));
}
