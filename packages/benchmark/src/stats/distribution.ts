import { fail, medianDeviation, percentiles } from '@tfjs-optimize/core';
import type { Distribution } from '../record/measurement.js';

const SHARES = [0, 0.5, 0.75, 0.9, 0.95, 0.99, 1] as const;

/** High percentiles, and how many samples it takes for one to lie above on average. */
const NEEDED = { p90: 10, p95: 20, p99: 100 } as const;

/**
 * Whether there are samples enough to speak of a percentile: of fewer than 1 / (1 - p) it is hardly more than the
 * largest of them.
 */
export function isSupported({ n }: Pick<Distribution, 'n'>, percentile: keyof typeof NEEDED): boolean {
  return n >= NEEDED[percentile];
}

/**
 * How samples lie: percentiles interpolated linearly between order statistics (numpy's default method),
 * mean, sample standard deviation and median absolute deviation, all in the samples' unit.
 * @throws `argument/invalid` without samples, or where one is no finite number.
 */
export function distribution(samples: readonly number[]): Distribution {
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  if (bad >= 0) {
    fail('argument/invalid', {
      subject: `sample ${bad}`,
      expected: 'a finite number',
      got: String(samples[bad]),
    });
  }
  const [min, p50, p75, p90, p95, p99, max] = percentiles(samples, SHARES) as Seven;
  const n = samples.length;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / n;
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  const sd = n === 1 ? 0 : Math.sqrt(squares / (n - 1));
  return { n, min, p50, p75, p90, p95, p99, max, mean, sd, mad: medianDeviation(samples, p50) };
}

type Seven = [number, number, number, number, number, number, number];
