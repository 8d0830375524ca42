import { fail } from '../errors.js';

/** What a list of repeated measurements says. Units are those of the samples. */
export interface Spread {
  /** Number of samples. */
  readonly n: number;
  readonly median: number;
  /** 10th and 90th percentile. */
  readonly low: number;
  readonly high: number;
  readonly min: number;
  /** Median absolute deviation from the median, unscaled. */
  readonly mad: number;
}

/** Median and spread of samples; robust, since timings have long tails on one side. */
export function spread(samples: readonly number[]): Spread {
  const [min, low, median, high] = percentiles(samples, [0, 0.1, 0.5, 0.9]) as [
    number,
    number,
    number,
    number,
  ];
  return { n: samples.length, median, low, high, min, mad: medianDeviation(samples, median) };
}

/** Median absolute deviation of samples from a centre, unscaled. */
export function medianDeviation(samples: readonly number[], centre: number): number {
  return percentile(
    samples.map((sample) => Math.abs(sample - centre)),
    0.5,
  );
}

/** Value below which a share of the samples lies, 0 ≤ share ≤ 1, interpolated between samples. */
export function percentile(samples: readonly number[], share: number): number {
  return percentiles(samples, [share])[0] as number;
}

/**
 * {@link percentile} for several shares at once. Interpolates linearly between the order statistics
 * (type 7 of Hyndman and Fan 1996, which is the default of numpy and R).
 */
export function percentiles(samples: readonly number[], shares: readonly number[]): number[] {
  if (samples.length === 0) {
    fail('argument/invalid', { subject: 'statistics', expected: 'at least one sample', got: 'none' });
  }
  const sorted = Float64Array.from(samples).sort();
  return shares.map((share) => {
    const at = share * (sorted.length - 1);
    const below = sorted[Math.floor(at)] as number;
    const above = sorted[Math.ceil(at)] as number;
    return below + (above - below) * (at - Math.floor(at));
  });
}
