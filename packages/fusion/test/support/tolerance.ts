import { expect } from 'chai';
import type { Outcome } from './execute.js';

/** Unit roundoff of float32. */
const U = 2 ** -24;
/** Roundings beside those of the sums: batch norm (6), scale, bias, activation, on both sides. */
const FURTHER_ROUNDINGS = 24;

/**
 * Two ways to compute the same sums of `terms` products differ by at most 2·γ·Σ|w||x| for each
 * output, where γ = k·u/(1 − k·u) and k counts the roundings of one way (Higham 2002, section 3.1).
 * `magnitudes` holds Σ|w||x|. NaN equals nothing.
 */
export function expectSameSums(
  actual: Outcome,
  expected: Outcome,
  magnitudes: Outcome,
  terms: number,
  note = '',
): void {
  expect(actual.shape, `shape ${note}`).to.deep.equal(expected.shape);
  const k = terms + FURTHER_ROUNDINGS;
  const gamma = (k * U) / (1 - k * U);
  for (let i = 0; i < expected.values.length; i++) {
    const [a, b] = [actual.values[i] as number, expected.values[i] as number];
    // The magnitudes are float32 sums as well, hence 1 + γ; activations round results near 1.
    const bound = 2 * gamma * ((magnitudes.values[i] as number) * (1 + gamma) + Math.min(1, Math.abs(b)));
    const difference = a === b ? 0 : Math.abs(a - b);
    if (!(difference <= bound)) {
      expect.fail(`${note} element ${i}: |${a} - ${b}| = ${difference} > 2·γ·Σ|w||x| = ${bound}`);
    }
  }
}
