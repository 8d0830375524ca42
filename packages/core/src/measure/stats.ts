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
  const sorted = sort(samples);
  const median = percentileOfSorted(sorted, 0.5);
  const deviations = sort(sorted.map((sample) => Math.abs(sample - median)));
  return {
    n: sorted.length,
    median,
    low: percentileOfSorted(sorted, 0.1),
    high: percentileOfSorted(sorted, 0.9),
    min: sorted[0] as number,
    mad: percentileOfSorted(deviations, 0.5),
  };
}

/** Value below which a share of the samples lies, 0 ≤ share ≤ 1, interpolated between samples. */
export function percentile(samples: readonly number[], share: number): number {
  return percentileOfSorted(sort(samples), share);
}

/** A value with the ends of its 95 % confidence interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Ratio of medians `median(a) / median(b)` with its bootstrap interval (Efron 1979, percentile
 * method): rounds are drawn again with replacement, both sides of a round together, since what
 * disturbs one side of a round tends to disturb the other.
 * @param a samples of one side, one a round.
 * @param b samples of the other side, of the same rounds.
 * @param random numbers uniform in [0, 1).
 */
export function ratioOfMedians(
  a: readonly number[],
  b: readonly number[],
  random: () => number,
  resamples = 1000,
): Interval {
  if (a.length !== b.length) {
    fail('argument/invalid', {
      subject: 'ratioOfMedians',
      expected: 'as many samples of one side as of the other',
      got: `${a.length} and ${b.length}`,
    });
  }
  const ratios: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const rounds = Array.from(a, () => Math.floor(random() * a.length));
    const pick = (samples: readonly number[]) => rounds.map((round) => samples[round] as number);
    ratios.push(percentile(pick(a), 0.5) / percentile(pick(b), 0.5));
  }
  return {
    value: percentile(a, 0.5) / percentile(b, 0.5),
    low: percentile(ratios, 0.025),
    high: percentile(ratios, 0.975),
  };
}

function sort(samples: readonly number[]): number[] {
  if (samples.length === 0) {
    fail('argument/invalid', { subject: 'statistics', expected: 'at least one sample', got: 'none' });
  }
  return [...samples].sort((a, b) => a - b);
}

function percentileOfSorted(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
