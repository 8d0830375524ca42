// What floats become whole numbers by: a scale and a zero point for each row, found from its least and largest value as
// `reference/dynamic-quantize.ts` of the runtime tells, step by step in the same precision.
import { loadFirst } from '../../simd';

/** Kinds of whole numbers, as `src/integer/dynamic/kinds.ts` counts them. */
export const UINT8: i32 = 0;
export const UINT7: i32 = 1;
/** int8 and int16: symmetric. */
export const SYMMETRIC: i32 = 2;

/** Of a row: its scale, NaN where a value is not finite, and what stands for 0 among the numbers that tiles read. */
export const SCALE: usize = 0;
export const ZERO: usize = 4;
/** Bytes of both. */
export const PARAMS_BYTES: usize = 8;

/** The byte of 0 where numbers from -127 to 127 are unsigned bytes. */
const MIDDLE: i32 = 128;
/** Below it products of scales are too small for float32, as fbgemm finds. */
const LEAST_SCALE: f64 = <f64>(<f32>6.1e-5);

/**
 * Parameters of `rows` rows of `size` floats, which lie one after the other.
 * @param most the largest number of a symmetric kind.
 * @param whole whether all rows have one range.
 */
export function dynamicParams(
  to: usize,
  x: usize,
  rows: i32,
  size: i32,
  kind: i32,
  most: i32,
  whole: bool,
): void {
  const step = (<usize>size) << 2;
  let low: f32 = 0;
  let high: f32 = 0;
  for (let row = 0; row < rows; row++) {
    const at = to + <usize>row * PARAMS_BYTES;
    rangeOf(at, x, size);
    const own = load<f32>(at);
    if (!whole) write(at, own, own, load<f32>(at, 4), kind, most);
    else if (own === own) {
      low = min(low, own);
      high = max(high, load<f32>(at, 4));
    }
    x += step;
  }
  if (!whole) return;
  for (let row = 0; row < rows; row++) {
    const at = to + <usize>row * PARAMS_BYTES;
    write(at, load<f32>(at), low, high, kind, most);
  }
}

/** The least and the largest of 0 and some floats; NaN twice where one is not finite. */
function rangeOf(to: usize, x: usize, count: i32): void {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  let rest = f32x4.splat(0);
  let more = f32x4.splat(0);
  for (; count >= 8; count -= 8) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    low = f32x4.pmin(f32x4.pmin(low, a), b);
    high = f32x4.pmax(f32x4.pmax(high, a), b);
    // 0 for finite values, else NaN for good.
    rest = f32x4.add(rest, f32x4.sub(a, a));
    more = f32x4.add(more, f32x4.sub(b, b));
    x += 32;
  }
  for (; count > 0; count -= 4) {
    const a = loadFirst(x, count);
    low = f32x4.pmin(low, a);
    high = f32x4.pmax(high, a);
    rest = f32x4.add(rest, f32x4.sub(a, a));
    x += 16;
  }
  rest = f32x4.add(rest, more);
  rest = f32x4.add(rest, v128.shuffle<f32>(rest, rest, 2, 3, 0, 1));
  rest = f32x4.add(rest, v128.shuffle<f32>(rest, rest, 1, 0, 3, 2));
  low = f32x4.pmin(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  low = f32x4.pmin(low, v128.shuffle<f32>(low, low, 1, 0, 3, 2));
  high = f32x4.pmax(high, v128.shuffle<f32>(high, high, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<f32>(high, high, 1, 0, 3, 2));
  store<f32>(to, f32x4.extract_lane(f32x4.add(low, rest), 0));
  store<f32>(to, f32x4.extract_lane(f32x4.add(high, rest), 0), 4);
}

/** @param own NaN for a row that has no range. */
function write(to: usize, own: f32, low: f32, high: f32, kind: i32, most: i32): void {
  if (own !== own) {
    store<f32>(to, NaN, SCALE);
    store<i32>(to, 0, ZERO);
  } else if (kind === UINT8) affine(to, <f64>low, <f64>high);
  else if (kind === UINT7) reduced(to, <f64>low, <f64>high);
  else {
    const scale = <f32>(max(-(<f64>low), <f64>high) / <f64>most);
    store<f32>(to, scale === 0 ? 1 : scale, SCALE);
    store<i32>(to, RELAXED ? MIDDLE : 0, ZERO);
  }
}

/** In float32, as ONNX Runtime does. */
function affine(to: usize, low: f64, high: f64): void {
  const range = <f64>(<f32>(high - low));
  const scale = <f32>((range < Infinity ? range : high - low) / 255);
  const zero = -(<f32>(low / <f64>scale));
  store<f32>(to, scale === 0 ? 1 : scale, SCALE);
  store<i32>(to, scale === 0 ? 0 : <i32>nearest<f32>(min<f32>(max<f32>(zero, 0), 255)), ZERO);
}

/** In double precision, as PyTorch does. */
function reduced(to: usize, low: f64, high: f64): void {
  let scale = (high - low) / 127;
  if (<f32>(1 / <f64>(<f32>scale)) === Infinity) scale = 0.1;
  const below = -low / scale;
  const above = high / scale;
  // The end with the larger error gives way.
  const zero = -below < 127 - above ? below : 127 - above;
  store<f32>(to, <f32>max(scale, LEAST_SCALE), SCALE);
  store<i32>(to, <i32>nearest<f64>(min<f64>(max<f64>(zero, 0), 127)), ZERO);
}
