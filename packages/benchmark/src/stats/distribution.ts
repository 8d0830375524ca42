import { medianDeviation, percentiles } from '@tfjs-optimize/core';
import type { Distribution } from '../record/measurement.js';

const SHARES = [0, 0.5, 0.75, 0.9, 0.95, 0.99, 1] as const;

/**
 * How samples lie: percentiles interpolated linearly between order statistics (numpy's default method),
 * mean, sample standard deviation and median absolute deviation, all in the samples' unit.
 * @throws `argument/invalid` without samples.
 */
export function distribution(samples: readonly number[]): Distribution {
  const [min, p50, p75, p90, p95, p99, max] = percentiles(samples, SHARES) as Seven;
  const n = samples.length;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / n;
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  const sd = n === 1 ? 0 : Math.sqrt(squares / (n - 1));
  return { n, min, p50, p75, p90, p95, p99, max, mean, sd, mad: medianDeviation(samples, p50) };
}

type Seven = [number, number, number, number, number, number, number];
