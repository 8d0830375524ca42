import { multiplierOf } from '../format/multiplier.js';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** Real numbers as whole ones, see {@link multiplierOf}: one for each channel, or a single one for all. */
export interface Multipliers {
  readonly values: Int32Array;
  readonly shifts: Int32Array;
}

/** The multipliers next to real numbers of at least 0. */
export function multipliersOf(reals: ArrayLike<number>): Multipliers {
  const values = new Int32Array(reals.length);
  const shifts = new Int32Array(reals.length);
  for (let i = 0; i < values.length; i++) {
    const { value, shift } = multiplierOf(reals[i] as number);
    values[i] = value;
    shifts[i] = shift;
  }
  return { values, shifts };
}

/**
 * ⌊(a·b + 2^30) / 2^31⌋: gemmlowp's SaturatingRoundingDoublingHighMul, which rounds halves up. Exact: b is cut into
 * halves of 16 bits, so that no product or sum passes 2^53.
 * @param a of int32.
 * @param b from 0 to 2^31 − 1.
 */
export function multiplyHigh(a: number, b: number): number {
  const low = Math.floor((a * (b & 0xffff) + 2 ** 30) / 2 ** 16);
  return Math.floor((a * (b >>> 16) + low) / 2 ** 15);
}

/**
 * x / 2^by rounded, halves away from zero: gemmlowp's RoundingDivideByPOT.
 * @param x of int32.
 * @param by from 0 to 31.
 */
export function shiftRounded(x: number, by: number): number {
  const mask = ((1 << by) - 1) | 0;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> by) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * x times a multiplier, rounded twice: TensorFlow Lite's MultiplyByQuantizedMultiplier. What passes int32 when it is
 * shifted to the left stays at the end of int32 (there it is undefined).
 * @param x of int32.
 */
export function multiply(x: number, value: number, shift: number): number {
  if (shift <= 0) return shiftRounded(multiplyHigh(x, value), -shift);
  return multiplyHigh(Math.min(Math.max(x * 2 ** shift, INT32_MIN), INT32_MAX), value);
}

/** How sums of int32 become int8: y = clamp(sum · multiplier + zeroPoint). */
export interface OutputStage {
  /** For each channel, or one for all. */
  readonly multipliers: Multipliers;
  readonly zeroPoint: number;
  /** From -128 to 127, the lower end first. */
  readonly clampMin: number;
  readonly clampMax: number;
}

/** Writes the int8 values of sums, which are of channels 0, 1, …, to `out` from `at` on. */
export function requantizeSums(sums: Int32Array, out: Int8Array, at: number, stage: OutputStage): void {
  const { multipliers, zeroPoint, clampMin, clampMax } = stage;
  const { values, shifts } = multipliers;
  const step = values.length === 1 ? 0 : 1;
  for (let k = 0, m = 0; k < sums.length; k++, m += step) {
    const y = multiply(sums[k] as number, values[m] as number, shifts[m] as number) + zeroPoint;
    out[at + k] = y < clampMin ? clampMin : y > clampMax ? clampMax : y;
  }
}

/** Like {@link requantizeSums} for a single sum of a stage of one multiplier. */
export function requantizeOne(
  sum: number,
  { multipliers, zeroPoint, clampMin, clampMax }: OutputStage,
): number {
  const y = multiply(sum, multipliers.values[0] as number, multipliers.shifts[0] as number) + zeroPoint;
  return y < clampMin ? clampMin : y > clampMax ? clampMax : y;
}
