import { loadFirst, madd, storeFirst } from '../simd';

/**
 * Means, factors scale / √(variance + epsilon) and offsets of columns: three vectors of columns × repeats numbers,
 * one behind the other. Repeated, they meet rows of any length in whole vectors.
 * @param scale or offset: 0 for none.
 */
export function normalParameters(
  to: usize,
  columns: i32,
  repeats: i32,
  mean: usize,
  variance: usize,
  offset: usize,
  scale: usize,
  epsilon: f32,
): void {
  const vector = (<usize>(columns * repeats)) << 2;
  for (let column = 0; column < columns; column++) {
    const place = (<usize>column) << 2;
    const factor: f32 =
      (scale ? load<f32>(scale + place) : 1) / sqrt<f32>(load<f32>(variance + place) + epsilon);
    const middle = load<f32>(mean + place);
    const shift: f32 = offset ? load<f32>(offset + place) : 0;
    let at = to + place;
    for (let i = 0; i < repeats; i++) {
      store<f32>(at, middle);
      store<f32>(at + vector, factor);
      store<f32>(at + vector + vector, shift);
      at += (<usize>columns) << 2;
    }
  }
}

/**
 * (x − mean) · factor + offset with parameters that begin anew after each `period` numbers, a multiple of four. Two
 * periods at a time read the parameters once.
 */
export function normalizePeriods(to: usize, x: usize, count: i32, period: i32, parameters: usize): void {
  const bytes = (<usize>period) << 2;
  const factors = parameters + bytes;
  const offsets = factors + bytes;
  for (; count >= 2 * period; count -= 2 * period) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const mean = v128.load(parameters + at);
      const factor = v128.load(factors + at);
      const offset = v128.load(offsets + at);
      const a = f32x4.sub(v128.load(x + at), mean);
      const b = f32x4.sub(v128.load(x + bytes + at), mean);
      v128.store(to + at, madd(a, factor, offset));
      v128.store(to + bytes + at, madd(b, factor, offset));
    }
    x += 2 * bytes;
    to += 2 * bytes;
  }
  for (; count > 0; count -= period) {
    const held = min(count, period);
    for (let i = 0; i < held; i += 4) {
      const at = (<usize>i) << 2;
      const rest = held - i;
      const centred = f32x4.sub(loadFirst(x + at, rest), v128.load(parameters + at));
      const y = madd(centred, v128.load(factors + at), v128.load(offsets + at));
      if (rest >= 4) v128.store(to + at, y);
      else storeFirst(to + at, y, y, rest);
    }
    x += bytes;
    to += bytes;
  }
}

/**
 * (x − mean) · scale / √(variance + epsilon) + offset with a number of each for every number of x, or one for all.
 * @param meanStep 1 for a number each, 0 for one; and so for the others.
 * @param scale or offset: 0 for none.
 */
export function normalizeLine(
  to: usize,
  x: usize,
  count: i32,
  mean: usize,
  meanStep: i32,
  variance: usize,
  varianceStep: i32,
  offset: usize,
  offsetStep: i32,
  scale: usize,
  scaleStep: i32,
  epsilon: f32,
): void {
  const tiny = f32x4.splat(epsilon);
  for (; count > 0; count -= 4) {
    const centred = f32x4.sub(loadFirst(x, count), next(mean, meanStep, count));
    const factor = f32x4.div(
      scale ? next(scale, scaleStep, count) : f32x4.splat(1),
      f32x4.sqrt(f32x4.add(next(variance, varianceStep, count), tiny)),
    );
    const shift = offset ? next(offset, offsetStep, count) : f32x4.splat(0);
    const y = madd(centred, factor, shift);
    if (count >= 4) v128.store(to, y);
    else storeFirst(to, y, y, count);
    x += 16;
    to += 16;
    mean += meanStep << 4;
    variance += varianceStep << 4;
    offset += offsetStep << 4;
    scale += scaleStep << 4;
  }
}

function next(from: usize, step: i32, count: i32): v128 {
  return step ? loadFirst(from, count) : v128.load32_splat(from);
}
