import type { Encoding } from '../weights.js';

/** Floats of 16 bits: IEEE 754 half precision, and the upper half of a float32. */
export type HalfFormat = Extract<Encoding['kind'], 'float16' | 'bfloat16'>;

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
export function encodeFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = float16Bits(values[i] as number);
  return bits;
}

function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= FLOAT16_OVERFLOW) return sign | 0x7c00;
  if (size < FLOAT16_TINY) return sign | wholeHalfEven(size / FLOAT16_STEP);
  BITS.setFloat64(0, size);
  const exponent = (BITS.getUint16(0) >> 4) - 1023;
  // A mantissa that is rounded up to 2 carries into the exponent, which is right.
  return sign | (((exponent + 14) << 10) + wholeHalfEven(size * 2 ** (10 - exponent)));
}

/** The nearest whole number to one from 0 to 2^51, ties to even: float64 has no fractions from 2^52 on. */
function wholeHalfEven(x: number): number {
  return x + 2 ** 52 - 2 ** 52;
}

/**
 * float32 numbers as bfloat16, as bits: the upper half of theirs, rounded to the nearest, ties to even. Every NaN becomes
 * 0x7fc0.
 */
export function encodeBfloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const floats = Float32Array.from(values);
  const words = new Uint32Array(floats.buffer);
  const bits = new Uint16Array(words.length);
  for (let i = 0; i < bits.length; i++) {
    const word = words[i] as number;
    bits[i] = Number.isNaN(floats[i]) ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/** From here on float32 numbers are rounded to infinity in bfloat16: halfway between its greatest and 2^128. */
const BFLOAT16_OVERFLOW = 2 ** 127 * (2 - 2 ** -8);

/** The first finite number that would become infinite in 16 bits; undefined where none does. */
export function tooLargeForHalf(values: ArrayLike<number>, format: HalfFormat): number | undefined {
  const end = format === 'float16' ? FLOAT16_OVERFLOW : BFLOAT16_OVERFLOW;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number);
    if (size >= end && size < Infinity) return values[i];
  }
  return undefined;
}

/** float32 numbers as 16 bits each: {@link encodeFloat16} or {@link encodeBfloat16}. */
export function encodeHalf(values: ArrayLike<number>, format: HalfFormat): Uint16Array<ArrayBuffer> {
  return format === 'float16' ? encodeFloat16(values) : encodeBfloat16(values);
}
