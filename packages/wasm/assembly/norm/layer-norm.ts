import { loadFirst, madd, storeFirst } from '../simd';

/** Numbers that are summed up before their sum joins the others: errors grow with the blocks only. */
const BLOCK: i32 = 2048;

/**
 * (x − mean) · scale / √(variance + epsilon) + offset with mean and variance of each row, one scale and offset for each
 * column. A row is read three times and comes from the cache the second and third time: the variance is that around
 * the mean, as sums of squares would lose its digits where the mean is large.
 */
export function layerNorm(
  to: usize,
  x: usize,
  rows: i32,
  columns: i32,
  scale: usize,
  offset: usize,
  epsilon: f32,
): void {
  const count = <f32>columns;
  for (let i = 0; i < rows; i++) {
    const mean: f32 = distance(x, columns, 0, false) / count;
    const variance: f32 = distance(x, columns, mean, true) / count;
    const middle = f32x4.splat(mean);
    const factor = f32x4.splat(1 / sqrt<f32>(variance + epsilon));
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      const at = (<usize>column) << 2;
      const normal = f32x4.mul(f32x4.sub(v128.load(x + at), middle), factor);
      v128.store(to + at, madd(normal, v128.load(scale + at), v128.load(offset + at)));
    }
    const rest = columns - column;
    if (rest > 0) {
      const at = (<usize>column) << 2;
      const normal = f32x4.mul(f32x4.sub(loadFirst(x + at, rest), middle), factor);
      const y = madd(normal, loadFirst(scale + at, rest), loadFirst(offset + at, rest));
      storeFirst(to + at, y, y, rest);
    }
    x += (<usize>columns) << 2;
    to += (<usize>columns) << 2;
  }
}

/** Σ (x − mean), or Σ (x − mean)². */
function distance(x: usize, count: i32, mean: f32, squared: bool): f32 {
  let total: f32 = 0;
  for (; count > 0; count -= BLOCK) {
    total += blockDistance(x, min(count, BLOCK), mean, squared);
    x += (<usize>BLOCK) << 2;
  }
  return total;
}

function blockDistance(x: usize, count: i32, mean: f32, squared: bool): f32 {
  const middle = f32x4.splat(mean);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  if (squared) {
    for (; count >= 16; count -= 16) {
      a = plusSquare(a, v128.load(x), middle);
      b = plusSquare(b, v128.load(x, 16), middle);
      c = plusSquare(c, v128.load(x, 32), middle);
      d = plusSquare(d, v128.load(x, 48), middle);
      x += 64;
    }
  } else {
    for (; count >= 16; count -= 16) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
      c = f32x4.add(c, v128.load(x, 32));
      d = f32x4.add(d, v128.load(x, 48));
      x += 64;
    }
  }
  const all = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  let sum =
    f32x4.extract_lane(all, 0) +
    f32x4.extract_lane(all, 1) +
    (f32x4.extract_lane(all, 2) + f32x4.extract_lane(all, 3));
  for (; count > 0; count--) {
    const one = load<f32>(x) - mean;
    sum += squared ? one * one : one;
    x += 4;
  }
  return sum;
}

function plusSquare(sum: v128, x: v128, mean: v128): v128 {
  const one = f32x4.sub(x, mean);
  return madd(one, one, sum);
}
