import { addNumbers } from '../elementwise/copy';
import { madd, storeFirst } from '../simd';
import { PANEL } from './pack';

/**
 * y = x · B for one row x of k numbers and k rows of n numbers. Limited by reading B, which runs through memory from one
 * end to the other: columns side by side, or several rows at once, were up to twice as slow (pages and caches).
 * Even and odd rows have sums of their own, as with packed panels, so that both give the same.
 * @param bStride numbers from row to row of B.
 * @param odd memory for n numbers.
 */
export function gemv(n: i32, k: i32, x: usize, b: usize, bStride: i32, y: usize, odd: usize): void {
  memory.fill(y, 0, n << 2);
  memory.fill(odd, 0, n << 2);
  for (let p = 0; p < k; p++) {
    addRow(n, x + (p << 2), b + ((<usize>p * bStride) << 2), p & 1 ? odd : y);
  }
  addNumbers(y, odd, n);
}

function addRow(n: i32, x: usize, b: usize, y: usize): void {
  const x0 = v128.load_splat<f32>(x);
  for (; n >= 16; n -= 16) {
    v128.store(y, madd(x0, v128.load(b), v128.load(y)));
    v128.store(y, madd(x0, v128.load(b, 16), v128.load(y, 16)), 16);
    v128.store(y, madd(x0, v128.load(b, 32), v128.load(y, 32)), 32);
    v128.store(y, madd(x0, v128.load(b, 48), v128.load(y, 48)), 48);
    b += 64;
    y += 64;
  }
  for (; n > 0; n--) {
    store<f32>(y, f32x4.extract_lane(madd(x0, v128.load_splat<f32>(b), v128.load_splat<f32>(y)), 0));
    b += 4;
    y += 4;
  }
}

/** y = x · B for one row x and B in panels (see `pack`). */
export function gemvPacked(n: i32, k: i32, x: usize, packed: usize, y: usize): void {
  for (let j = 0; j < n; j += PANEL) {
    panelProduct(k, x, packed, y + (j << 2), min(PANEL, n - j));
    packed += (PANEL * k) << 2;
  }
}

/**
 * Even and odd rows of the panel have sums of their own, for additions to wait less for one another. Four rows a
 * round: with two the loop itself, not memory, was the limit.
 */
function panelProduct(k: i32, x: usize, panel: usize, y: usize, width: i32): void {
  let even0 = f32x4.splat(0);
  let even1 = even0;
  let odd0 = even0;
  let odd1 = even0;
  for (; k >= 4; k -= 4) {
    const x0 = v128.load_splat<f32>(x);
    const x1 = v128.load_splat<f32>(x, 4);
    even0 = madd(x0, v128.load(panel), even0);
    even1 = madd(x0, v128.load(panel, 16), even1);
    odd0 = madd(x1, v128.load(panel, 32), odd0);
    odd1 = madd(x1, v128.load(panel, 48), odd1);
    const x2 = v128.load_splat<f32>(x, 8);
    const x3 = v128.load_splat<f32>(x, 12);
    even0 = madd(x2, v128.load(panel, 64), even0);
    even1 = madd(x2, v128.load(panel, 80), even1);
    odd0 = madd(x3, v128.load(panel, 96), odd0);
    odd1 = madd(x3, v128.load(panel, 112), odd1);
    x += 16;
    panel += 128;
  }
  if (k >= 2) {
    const x0 = v128.load_splat<f32>(x);
    const x1 = v128.load_splat<f32>(x, 4);
    even0 = madd(x0, v128.load(panel), even0);
    even1 = madd(x0, v128.load(panel, 16), even1);
    odd0 = madd(x1, v128.load(panel, 32), odd0);
    odd1 = madd(x1, v128.load(panel, 48), odd1);
    k -= 2;
    x += 8;
    panel += 64;
  }
  if (k) {
    const x0 = v128.load_splat<f32>(x);
    even0 = madd(x0, v128.load(panel), even0);
    even1 = madd(x0, v128.load(panel, 16), even1);
  }
  even0 = f32x4.add(even0, odd0);
  even1 = f32x4.add(even1, odd1);
  if (width === PANEL) {
    v128.store(y, even0);
    v128.store(y, even1, 16);
  } else storeFirst(y, even0, even1, width);
}

/** y = x · Bᵀ for one row x of k numbers and n rows of k numbers: four products of rows at a time. */
export function gemvTransposed(n: i32, k: i32, x: usize, b: usize, bStride: i32, y: usize): void {
  const step = (<usize>bStride) << 2;
  for (; n >= 4; n -= 4) {
    v128.store(y, fourProducts(k, x, b, step));
    b += 4 * step;
    y += 16;
  }
  for (; n > 0; n--) {
    store<f32>(y, product(k, x, b));
    b += step;
    y += 4;
  }
}

function fourProducts(k: i32, x: usize, b: usize, step: usize): v128 {
  let b1 = b + step;
  let b2 = b1 + step;
  let b3 = b2 + step;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; k >= 4; k -= 4) {
    const x0 = v128.load(x);
    s0 = madd(x0, v128.load(b), s0);
    s1 = madd(x0, v128.load(b1), s1);
    s2 = madd(x0, v128.load(b2), s2);
    s3 = madd(x0, v128.load(b3), s3);
    x += 16;
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  // The sums of four vectors as one: turned over and added.
  const low01 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  const sum01 = f32x4.add(low01, high01);
  const sum23 = f32x4.add(low23, high23);
  let sum = f32x4.add(
    v128.shuffle<f32>(sum01, sum23, 0, 1, 4, 5),
    v128.shuffle<f32>(sum01, sum23, 2, 3, 6, 7),
  );
  for (; k > 0; k--) {
    let column = f32x4.splat(load<f32>(b));
    column = f32x4.replace_lane(column, 1, load<f32>(b1));
    column = f32x4.replace_lane(column, 2, load<f32>(b2));
    column = f32x4.replace_lane(column, 3, load<f32>(b3));
    sum = madd(v128.load_splat<f32>(x), column, sum);
    x += 4;
    b += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
  return sum;
}

function product(k: i32, x: usize, b: usize): f32 {
  let s = f32x4.splat(0);
  for (; k >= 4; k -= 4) {
    s = madd(v128.load(x), v128.load(b), s);
    x += 16;
    b += 16;
  }
  let sum =
    f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3);
  for (; k > 0; k--) {
    sum += load<f32>(x) * load<f32>(b);
    x += 4;
    b += 4;
  }
  return sum;
}
