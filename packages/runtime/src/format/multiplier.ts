/** A real number above 0 as whole numbers: `value · 2^(shift − 31)` with value in [2^30, 2^31). */
export interface Multiplier {
  readonly value: number;
  readonly shift: number;
}

/**
 * The multiplier next to a real number, as TensorFlow Lite's `QuantizeMultiplier` finds it: the mantissa in 31 bits,
 * rounded half away from zero. Numbers below 2^-32 become 0.
 * @param real a finite number of at least 0.
 */
export function multiplierOf(real: number): Multiplier {
  if (real === 0) return { value: 0, shift: 0 };
  // Exact: a power of two only moves the exponent. Math.log2 may be off by one next to a power of two.
  let shift = Math.floor(Math.log2(real)) + 1;
  let mantissa = real / 2 ** shift;
  if (mantissa >= 1) [mantissa, shift] = [mantissa / 2, shift + 1];
  if (mantissa < 0.5) [mantissa, shift] = [mantissa * 2, shift - 1];
  let value = Math.round(mantissa * 2 ** 31);
  if (value === 2 ** 31) [value, shift] = [2 ** 30, shift + 1];
  return shift < -31 ? { value: 0, shift: 0 } : { value, shift };
}
