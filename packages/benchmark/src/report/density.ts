import { percentile } from '@tfjs-optimize/core';

/** Points of a curve. */
const POINTS = 160;

/**
 * How often values occur: Gaussian kernel density at evenly spaced points, the highest point 1. The
 * bandwidth is Silverman's rule of thumb (1986, eq. 3.31) with the interquartile range, since
 * latencies have long tails.
 * @param samples at least one.
 * @param low first point; @param high last point, `low ≤ high`.
 * @returns pairs of value and relative density, from 0 to 1.
 */
export function density(samples: readonly number[], low: number, high: number): [number, number][] {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const deviation = Math.sqrt(samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / samples.length);
  const range = (percentile(samples, 0.75) - percentile(samples, 0.25)) / 1.34;
  const spread = range > 0 ? Math.min(deviation, range) : deviation;
  const step = (high - low) / (POINTS - 1);
  // Narrower than two points a kernel could fall between them and not be seen.
  const width = Math.max(0.9 * spread * samples.length ** -0.2, 2 * step, Number.MIN_VALUE);
  const curve = Array.from({ length: POINTS }, (_, i): [number, number] => {
    const at = low + i * step;
    return [at, samples.reduce((sum, value) => sum + Math.exp(-0.5 * ((at - value) / width) ** 2), 0)];
  });
  const most = Math.max(...curve.map(([, height]) => height));
  return curve.map(([at, height]) => [at, most === 0 ? 0 : height / most]);
}
