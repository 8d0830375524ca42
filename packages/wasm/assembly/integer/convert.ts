// Numbers of four bytes become unsigned bytes of q + 128, and back. Vectors read and write up to 15 bytes beyond the last
// byte, never beyond the numbers of four.

/** What added to a number and cut off towards zero rounds halves away from zero: the float32 below a half. */
const HALF: f32 = 0.4999999701976776;
/** Beyond every byte. */
const FAR: f32 = 1024;

/**
 * round(x / scale) + zero, held within bytes; NaN gives zero.
 * @param zero zero point as an unsigned byte.
 */
export function quantizeBytes(to: usize, from: usize, count: i32, scale: f32, zero: i32): void {
  const divisor = f32x4.splat(scale);
  const zeros = i16x8.splat(<i16>zero);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const a = whole(v128.load(from + ((<usize>i) << 2)), divisor);
    const b = whole(v128.load(from + ((<usize>i) << 2), 16), divisor);
    const wide = i16x8.add(i16x8.narrow_i32x4_s(a, b), zeros);
    v128.store64_lane(to + i, i8x16.narrow_i16x8_u(wide, wide), 0);
  }
  for (; i < count; i++) {
    const one = whole(f32x4.splat(load<f32>(from + ((<usize>i) << 2))), divisor);
    store<u8>(to + i, <u8>max(min(i32x4.extract_lane(one, 0) + zero, 255), 0));
  }
}

function whole(x: v128, divisor: v128): v128 {
  const y = f32x4.pmin(f32x4.pmax(f32x4.div(x, divisor), f32x4.splat(-FAR)), f32x4.splat(FAR));
  const sign = v128.and(y, i32x4.splat(0x80000000));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(y, v128.or(sign, f32x4.splat(HALF))));
}

/** (byte − zero) · scale. */
export function dequantizeBytes(to: usize, from: usize, count: i32, scale: f32, zero: i32): void {
  const factor = f32x4.splat(scale);
  const zeros = i16x8.splat(<i16>zero);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const x = i16x8.sub(v128.load_ext<u8>(from + i), zeros);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(x));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(x));
    v128.store(to + ((<usize>i) << 2), f32x4.mul(low, factor));
    v128.store(to + ((<usize>i) << 2), f32x4.mul(high, factor), 16);
  }
  for (; i < count; i++) store<f32>(to + ((<usize>i) << 2), <f32>(<i32>load<u8>(from + i) - zero) * scale);
}

/** Numbers of four bytes from -128 to 127 as bytes. @returns whether all of them are. */
export function narrowBytes(to: usize, from: usize, count: i32): bool {
  let beyond = 0;
  for (let i = 0; i < count; i++) {
    const byte = load<i32>(from + ((<usize>i) << 2)) + 128;
    beyond |= byte & ~255;
    store<u8>(to + i, <u8>byte);
  }
  return beyond === 0;
}

/** Bytes as numbers of four bytes from -128 to 127. */
export function spreadBytes(to: usize, from: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<i32>(to + ((<usize>i) << 2), <i32>load<u8>(from + i) - 128);
}
