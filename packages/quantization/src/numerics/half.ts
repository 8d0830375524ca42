import { roundHalfEven } from './round.js';

/** The greatest number that float16 has. */
export const FLOAT16_MAX = 65504;

/** From here on numbers are rounded to infinity in float16: halfway between its greatest and the next power of two. */
const FLOAT16_OVERFLOW = 65520;
/** The least number of full precision in float16, and the step between the ones below. */
const FLOAT16_TINY = 2 ** -14;
const FLOAT16_STEP = 2 ** -24;

const BITS = new DataView(new ArrayBuffer(8));

/**
 * Numbers as IEEE 754 half precision, as bits: rounded to the nearest, ties to even, once, whether they are float32 or
 * float64. Numbers of 65520 and more become infinity; below 2^-14 precision ends gradually, at 2^-25 it is zero. Every
 * NaN becomes 0x7e00.
 */
export function encodeFloat16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, float16Bits);
}

function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= FLOAT16_OVERFLOW) return sign | 0x7c00;
  if (size < FLOAT16_TINY) return sign | roundHalfEven(size / FLOAT16_STEP);
  BITS.setFloat64(0, size);
  const exponent = (BITS.getUint16(0) >> 4) - 1023;
  // A mantissa that is rounded up to 2 carries into the exponent, which is right.
  return sign | (((exponent + 14) << 10) + roundHalfEven(size * 2 ** (10 - exponent)));
}

/**
 * float32 numbers as bfloat16, as bits: the upper half of theirs, rounded to the nearest, ties to even. Every NaN becomes
 * 0x7fc0.
 */
export function encodeBfloat16(values: ArrayLike<number>): Uint16Array {
  const floats = Float32Array.from(values);
  const bits = new Uint32Array(floats.buffer);
  return Uint16Array.from(bits, (word, i) => {
    if (Number.isNaN(floats[i])) return 0x7fc0;
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}
