import { clamp, loadFirst } from '../../simd';
import { LANE, stepsOf } from '../form';
import { SCALE, SYMMETRIC, UINT7, ZERO } from './params';

/** Added to a float of up to 2^22 it leaves it rounded to a whole number, halves to even, in the low bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

/** Floats that become four lanes. */
const VECTOR: i32 = 4 * LANE;

/**
 * Rows of floats as whole numbers, as tiles read them: `tile` rows together, of which a lane's numbers of the first
 * row come first, then those of the second, … With 16 bits they are less their zero point. A tile of fewer rows is as
 * long as they are, unless it is padded.
 * @param params of the rows, `paramsStep` bytes from row to row.
 * @param most the largest number of the kind.
 */
export function dynamicRows(
  to: usize,
  x: usize,
  params: usize,
  paramsStep: usize,
  m: i32,
  k: i32,
  tile: i32,
  padded: bool,
  kind: i32,
  most: i32,
): void {
  const lanes = <usize>stepsOf(k);
  for (; m > 0; m -= tile) {
    const rows = min(m, tile);
    const step = (<usize>(padded ? tile : rows)) << 2;
    for (let row = 0; row < rows; row++) {
      dynamicRow(to + ((<usize>row) << 2), step, x, params, k, kind, most);
      x += (<usize>k) << 2;
      params += paramsStep;
    }
    to += lanes * step;
  }
}

/** One row, its lanes `step` bytes apart. */
export function dynamicRow(
  to: usize,
  step: usize,
  x: usize,
  params: usize,
  k: i32,
  kind: i32,
  most: i32,
): void {
  const scale = load<f32>(params, SCALE);
  const zero = load<i32>(params, ZERO);
  if (kind === UINT7) multiplied(to, step, x, k, <f32>1 / scale, zero, most);
  else if (kind === SYMMETRIC) divided(to, step, x, k, scale, zero, -most, most);
  else divided(to, step, x, k, scale, zero, -zero, most - zero);
}

/** round(x / scale), held within bounds. */
function divided(to: usize, step: usize, x: usize, k: i32, scale: f32, zero: i32, low: i32, high: i32): void {
  const divisor = f32x4.splat(scale);
  const least = f32x4.splat(<f32>low);
  const most = f32x4.splat(<f32>high);
  const zeros = i16x8.splat(<i16>zero);
  for (; k > 0; k -= VECTOR) {
    const a = f32x4.div(at(x, 0, k), divisor);
    const b = f32x4.div(at(x, 4, k), divisor);
    const ab = i16x8.narrow_i32x4_s(whole(clamp(a, least, most)), whole(clamp(b, least, most)));
    if (RELAXED) {
      const c = f32x4.div(at(x, 8, k), divisor);
      const d = f32x4.div(at(x, 12, k), divisor);
      const cd = i16x8.narrow_i32x4_s(whole(clamp(c, least, most)), whole(clamp(d, least, most)));
      spread(to, step, i8x16.narrow_i16x8_u(i16x8.add(ab, zeros), i16x8.add(cd, zeros)), k);
    } else spread(to, step, ab, k);
    x += VECTOR << 2;
    to += step << 2;
  }
}

/** round(x · inverse + zero), product and sum rounded once to float32, held within 0 and the largest number. */
function multiplied(to: usize, step: usize, x: usize, k: i32, inverse: f32, zero: i32, high: i32): void {
  const factor = f64x2.splat(<f64>inverse);
  const offset = f64x2.splat(<f64>zero);
  const least = f32x4.splat(0);
  const most = f32x4.splat(<f32>high);
  const zeros = i16x8.splat(<i16>zero);
  for (; k > 0; k -= VECTOR) {
    const a = fused(at(x, 0, k), factor, offset);
    const b = fused(at(x, 4, k), factor, offset);
    const ab = i16x8.narrow_i32x4_s(whole(clamp(a, least, most)), whole(clamp(b, least, most)));
    if (RELAXED) {
      const c = fused(at(x, 8, k), factor, offset);
      const d = fused(at(x, 12, k), factor, offset);
      const cd = i16x8.narrow_i32x4_s(whole(clamp(c, least, most)), whole(clamp(d, least, most)));
      spread(to, step, i8x16.narrow_i16x8_u(ab, cd), k);
    } else spread(to, step, i16x8.sub(ab, zeros), k);
    x += VECTOR << 2;
    to += step << 2;
  }
}

/** Four floats from the i-th on, zeros in the place of those behind the last. */
// @inline
function at(x: usize, i: i32, k: i32): v128 {
  if (k >= VECTOR) return v128.load(x + (i << 2));
  return loadFirst(x + (i << 2), k - i);
}

// @inline
function whole(y: v128): v128 {
  return i32x4.sub(f32x4.add(y, f32x4.splat(ROUNDER)), i32x4.splat(ROUNDER_BITS));
}

// @inline
function fused(x: v128, factor: v128, offset: v128): v128 {
  const a = f64x2.promote_low_f32x4(x);
  const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
  const low = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(a, factor), offset));
  const high = f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(b, factor), offset));
  return v128.shuffle<f32>(low, high, 0, 1, 4, 5);
}

/** Four lanes, or those of the last `k` numbers, in whole rounds of four. */
// @inline
function spread(to: usize, step: usize, x: v128, k: i32): void {
  if (k >= VECTOR && step === 4) return v128.store(to, x);
  v128.store32_lane(to, x, 0);
  if (k > (LANE & 4)) v128.store32_lane(to + step, x, 1);
  if (k > ((2 * LANE) & 12)) v128.store32_lane(to + 2 * step, x, 2);
  if (k > ((3 * LANE) & 12)) v128.store32_lane(to + 3 * step, x, 3);
}
