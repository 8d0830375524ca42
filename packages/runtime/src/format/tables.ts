import { roundHalfAway } from './rounding.js';

/**
 * A function of one int8 value as the table of the op `Table`: table[q + 128] = clamp(round(f((q − x_zero_point) ·
 * x_scale) / y_scale) + y_zero_point), halves away from zero; where f is NaN, y_zero_point.
 *
 * Tables stand in model files. JavaScript leaves the last bits of `Math.exp` and its like to the engine, so two machines
 * may make tables that differ; all machines that run the same file compute the same.
 * @returns 256 values.
 */
export function tableOf(
  f: (x: number) => number,
  x_scale: number,
  x_zero_point: number,
  y_scale: number,
  y_zero_point: number,
): Int8Array {
  return Int8Array.from({ length: 256 }, (_, i) => {
    const q = roundHalfAway(f((i - 128 - x_zero_point) * x_scale) / y_scale) + y_zero_point;
    return Number.isNaN(q) ? y_zero_point : Math.min(Math.max(q, -128), 127);
  });
}

/** The first value of a {@link softmaxTable}: 1 in fixed point. */
export const SOFTMAX_ONE = 2 ** 30;

/**
 * The table of the op `Softmax`: table[d] = round(exp(−d · x_scale) · 2^30), for values d steps below the largest of
 * their row. Like {@link tableOf} it is made once and stands in the file.
 * @returns 256 values.
 */
export function softmaxTable(x_scale: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, d) => roundHalfAway(Math.exp(-d * x_scale) * SOFTMAX_ONE));
}
