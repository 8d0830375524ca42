// The transforms of Winograd's F(4, 3) with the points 0, 1, -1, 2, -2 and infinity (Lavin and Gray, "Fast algorithms
// for convolutional neural networks", 2015), for a line of six, three or four vectors in memory.

/** Bᵀ d: six vectors `fromStep` bytes apart become six that are `toStep` bytes apart. */
export function inputLine(to: usize, toStep: usize, from: usize, fromStep: usize): void {
  const d0 = v128.load(from);
  const d1 = v128.load(from + fromStep);
  const d2 = v128.load(from + 2 * fromStep);
  const d3 = v128.load(from + 3 * fromStep);
  const d4 = v128.load(from + 4 * fromStep);
  const d5 = v128.load(from + 5 * fromStep);
  const four = f32x4.splat(4);
  const two = f32x4.splat(2);
  // 4 d0 - 5 d2 + d4 and 4 d1 - 5 d3 + d5, by way of differences that the others need as well.
  const d42 = f32x4.sub(d4, d2);
  const d31 = f32x4.sub(d3, d1);
  const even = f32x4.sub(d4, f32x4.mul(four, d2));
  const odd = f32x4.sub(d3, f32x4.mul(four, d1));
  v128.store(to, f32x4.add(d42, f32x4.mul(four, f32x4.sub(d0, d2))));
  v128.store(to + toStep, f32x4.add(even, odd));
  v128.store(to + 2 * toStep, f32x4.sub(even, odd));
  const twice = f32x4.mul(two, d31);
  v128.store(to + 3 * toStep, f32x4.add(d42, twice));
  v128.store(to + 4 * toStep, f32x4.sub(d42, twice));
  v128.store(to + 5 * toStep, f32x4.sub(f32x4.sub(d5, d3), f32x4.mul(four, d31)));
}

/** Aᵀ m: six vectors become four. */
export function outputLine(to: usize, toStep: usize, from: usize, fromStep: usize): void {
  const m1 = v128.load(from + fromStep);
  const m2 = v128.load(from + 2 * fromStep);
  const m3 = v128.load(from + 3 * fromStep);
  const m4 = v128.load(from + 4 * fromStep);
  const sum12 = f32x4.add(m1, m2);
  const sum34 = f32x4.add(m3, m4);
  const difference12 = f32x4.sub(m1, m2);
  const difference34 = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(v128.load(from), sum12), sum34));
  v128.store(to + toStep, f32x4.add(difference12, f32x4.mul(f32x4.splat(2), difference34)));
  v128.store(to + 2 * toStep, f32x4.add(sum12, f32x4.mul(f32x4.splat(4), sum34)));
  const last = f32x4.add(difference12, f32x4.mul(f32x4.splat(8), difference34));
  v128.store(to + 3 * toStep, f32x4.add(last, v128.load(from + 5 * fromStep)));
}

/** G g in double precision, so that transformed weights are rounded once: three numbers become six. */
export function weightLine(to: usize, toStep: usize, g0: f64, g1: f64, g2: f64): void {
  store<f64>(to, g0 / 4);
  const outer = g0 + g2;
  store<f64>(to + toStep, -(outer + g1) / 6);
  store<f64>(to + 2 * toStep, (g1 - outer) / 6);
  const wide = g0 + 4 * g2;
  store<f64>(to + 3 * toStep, (wide + 2 * g1) / 24);
  store<f64>(to + 4 * toStep, (wide - 2 * g1) / 24);
  store<f64>(to + 5 * toStep, g2);
}
