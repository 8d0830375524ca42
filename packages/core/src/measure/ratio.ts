import { fail } from '../errors.js';
import type { RandomStream } from '../random.js';
import { blockLength } from './block-length.js';
import { percentile } from './stats.js';

/** A value with the ends of its 95 % confidence interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How {@link ratioOfMedians} works. */
export interface RatioOptions {
  /**
   * Whether samples at the same place were taken in the same round, true unless told. Rounds are then
   * drawn whole, since what disturbs one side of a round tends to disturb the other. Samples of
   * separate runs are not paired and may differ in number.
   */
  readonly paired?: boolean;
  /** Times that samples are drawn again, at least 50; 500 unless told. */
  readonly resamples?: number;
}

/**
 * Ratio of medians `median(a) / median(b)` with a bootstrap interval of 95 %.
 *
 * The interval is that of the difference between the medians of logarithms, d ± t·s. Both medians are
 * taken by the estimator of Harrell and Davis (1982), a mean of all order statistics weighted towards
 * the middle: resampled plain medians jump between few values, and their percentiles cover too much or
 * too little. s is the standard error by the bootstrap (Efron 1979) and t is Student's quantile (Efron
 * and Tibshirani 1993, section 12.2). Drawing rounds whole is what Wilcox and Erceg-Hurn (2012,
 * "Comparing two dependent groups via quantiles") do with that estimator. Where neighbouring rounds resemble
 * each other, since what disturbs them outlasts a round, they are drawn in blocks (see `blockLength`), and
 * the degrees of freedom are those of as many blocks. Where the plain ratio lies
 * outside, as it may where sides share most of their noise, the interval is widened to hold it.
 *
 * @param a samples of one side, at least 2, all above 0.
 * @param b samples of the other side, the same.
 * @param random numbers uniform in [0, 1).
 * @throws `argument/invalid` for fewer samples, for samples that are not above 0, and for paired sides
 *   of different length.
 */
export function ratioOfMedians(
  a: readonly number[],
  b: readonly number[],
  random: RandomStream,
  { paired = true, resamples = 500 }: RatioOptions = {},
): Interval {
  check(a, b, paired);
  if (!(Number.isSafeInteger(resamples) && resamples >= 50)) {
    fail('argument/invalid', {
      subject: 'resamples',
      expected: 'a whole number of at least 50',
      got: String(resamples),
    });
  }
  const value = percentile(a, 0.5) / percentile(b, 0.5);
  const [sideA, sideB] = [new LogSide(a), new LogSide(b)];
  const { error, degrees } = paired
    ? pairedError(sideA, sideB, random, resamples)
    : separateError(sideA, sideB, random, resamples);
  const centre = sideA.median() - sideB.median();
  const reach = studentQuantile(degrees) * error;
  return around(value, centre, reach);
}

/** Samples of both sides from one run. */
export interface RunSamples {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * Ratio of medians `median(a) / median(b)` over several runs, each in fresh processes: the geometric mean of the runs'
 * ratios, with an interval of 95 %. Where a process lays out its memory, and when its engine compiles what, moves all its times by a
 * percent or more (Mytkowicz et al. 2009), which more samples of the same process cannot tell: each run
 * counts as one observation of the logarithm of the ratio, and the interval is Student's over the runs
 * (Kalibera and Jones 2013).
 *
 * @param runs at least 2.
 * @throws `argument/invalid` for fewer runs, fewer than 2 samples in one, and samples that are not above 0.
 */
export function ratioOverRuns(runs: readonly RunSamples[]): Interval {
  if (runs.length < 2) {
    fail('argument/invalid', {
      subject: 'ratioOverRuns',
      expected: 'at least 2 runs',
      got: String(runs.length),
    });
  }
  for (const { a, b } of runs) check(a, b, false);
  const logs = runs.map(({ a, b }) => new LogSide(a).median() - new LogSide(b).median());
  const centre = mean(logs);
  const reach = studentQuantile(logs.length - 1) * Math.sqrt(variance(logs) / logs.length);
  return around(Math.exp(centre), centre, reach);
}

/**
 * How many times as large a quantity is now as it was before, with an interval of 95 %: the ratio of the
 * geometric means of independent values, such as one for each process. Logarithms are compared as Welch
 * (1947) does, so neither numbers of values nor their spreads need to agree.
 *
 * @param now above 0, at least 2.
 * @param before likewise.
 * @throws `argument/invalid` for fewer values, and for those that are not above 0.
 */
export function ratioOfMeans(now: readonly number[], before: readonly number[]): Interval {
  const subject = 'ratioOfMeans';
  const fewer = Math.min(now.length, before.length);
  if (fewer < 2) {
    fail('argument/invalid', { subject, expected: 'at least 2 values of each', got: String(fewer) });
  }
  const bad = [...now, ...before].find((value) => !(value > 0 && value < Infinity));
  if (bad !== undefined) {
    fail('argument/invalid', { subject, expected: 'finite values above 0', got: String(bad) });
  }
  const [a, b] = [now.map(Math.log), before.map(Math.log)];
  const { error, degrees } = welch(
    { error: Math.sqrt(variance(a) / a.length), degrees: a.length - 1 },
    { error: Math.sqrt(variance(b) / b.length), degrees: b.length - 1 },
  );
  const centre = mean(a) - mean(b);
  return around(Math.exp(centre), centre, studentQuantile(degrees) * error);
}

/** An interval of logarithms as one of ratios, widened where the plain ratio lies outside. */
function around(value: number, centre: number, reach: number): Interval {
  return {
    value,
    low: Math.min(value, Math.exp(centre - reach)),
    high: Math.max(value, Math.exp(centre + reach)),
  };
}

function check(a: readonly number[], b: readonly number[], paired: boolean): void {
  const subject = 'ratioOfMedians';
  if (paired && a.length !== b.length) {
    fail('argument/invalid', {
      subject,
      expected: 'as many samples of one side as of the other',
      got: `${a.length} and ${b.length}`,
    });
  }
  const fewer = Math.min(a.length, b.length);
  if (fewer < 2) {
    fail('argument/invalid', {
      subject,
      expected: 'at least 2 samples of each side',
      got: String(fewer),
      advice: 'Measure for longer',
    });
  }
  const bad = [...a, ...b].find((sample) => !(sample > 0 && sample < Infinity));
  if (bad !== undefined) {
    fail('argument/invalid', {
      subject,
      expected: 'finite samples above 0',
      got: String(bad),
      advice: 'Call quick work several times a sample, so that the clock moves',
    });
  }
}

/** A standard error with its degrees of freedom. */
interface Uncertainty {
  readonly error: number;
  readonly degrees: number;
}

function pairedError(a: LogSide, b: LogSide, random: RandomStream, resamples: number): Uncertainty {
  const [above, others] = [a.sides(), b.sides()];
  const length = blockLength(above.map((side, i) => side - (others[i] as number)));
  const differences = Array.from({ length: resamples }, () => {
    let round = 0;
    for (let i = 0; i < a.size; i++) {
      round = i % length === 0 ? Math.floor(random() * a.size) : (round + 1) % a.size;
      a.draw(round);
      b.draw(round);
    }
    return a.drawnMedian() - b.drawnMedian();
  });
  return { error: Math.sqrt(variance(differences)), degrees: a.size / length - 1 };
}

function separateError(a: LogSide, b: LogSide, random: RandomStream, resamples: number): Uncertainty {
  const errorOf = (side: LogSide): Uncertainty => {
    const medians = Array.from({ length: resamples }, () => {
      for (let i = 0; i < side.size; i++) side.draw(Math.floor(random() * side.size));
      return side.drawnMedian();
    });
    return { error: Math.sqrt(variance(medians)), degrees: side.size - 1 };
  };
  return welch(errorOf(a), errorOf(b));
}

/** Errors of two independent means add in squares; degrees of freedom after Welch (1947). */
function welch(a: Uncertainty, b: Uncertainty): Uncertainty {
  const sum = a.error ** 2 + b.error ** 2;
  const degrees =
    sum === 0
      ? Math.min(a.degrees, b.degrees)
      : sum ** 2 / (a.error ** 4 / a.degrees + b.error ** 4 / b.degrees);
  return { error: Math.sqrt(sum), degrees };
}

/** Logarithms of one side's samples, from which samples are drawn again by their place. */
class LogSide {
  readonly size: number;
  private readonly sorted: Float64Array;
  /** For each sample its place in `sorted`. */
  private readonly rank: Uint32Array;
  /** Share of the median's weight that order statistics up to each carry, from 0 to 1. */
  private readonly weightUpTo: Float64Array;
  /** How often each place of `sorted` was drawn. */
  private readonly drawn: Uint32Array;

  constructor(samples: readonly number[]) {
    this.size = samples.length;
    const order = Array.from(samples, (_, i) => i).sort(
      (i, j) => (samples[i] as number) - (samples[j] as number),
    );
    this.sorted = Float64Array.from(order, (i) => Math.log(samples[i] as number));
    this.rank = new Uint32Array(this.size);
    order.forEach((sample, place) => (this.rank[sample] = place));
    this.weightUpTo = medianWeights(this.size);
    this.drawn = new Uint32Array(this.size);
  }

  median(): number {
    this.drawn.fill(1);
    return this.drawnMedian();
  }

  /** Of each sample whether it lies above (1) or below (-1) the median, which is all that a median minds. */
  sides(): number[] {
    return Array.from(this.rank, (rank) => Math.sign(2 * rank - (this.size - 1)));
  }

  draw(sample: number): void {
    (this.drawn[this.rank[sample] as number] as number)++;
  }

  /** Median of what was drawn, which is forgotten then. */
  drawnMedian(): number {
    const { sorted, drawn, weightUpTo } = this;
    let median = 0;
    let seen = 0;
    let weightBefore = 0;
    for (let place = 0; place < sorted.length; place++) {
      seen += drawn[place] as number;
      const weight = weightUpTo[seen] as number;
      median += (weight - weightBefore) * (sorted[place] as number);
      weightBefore = weight;
    }
    drawn.fill(0);
    return median;
  }
}

/** Places and weights of Gauss and Legendre's rule with three points on [0, 1]. */
const GAUSS = [
  [0.5 - Math.sqrt(0.15), 5 / 18],
  [0.5, 8 / 18],
  [0.5 + Math.sqrt(0.15), 5 / 18],
] as const;

/**
 * Sums of Harrell and Davis' weights for the median of n order statistics: entry i is the share of a
 * beta distribution with both parameters (n + 1) / 2 that lies below i / n.
 */
export function medianWeights(n: number): Float64Array {
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    let share = 0;
    for (const [at, weight] of GAUSS) {
      const x = (i + at) / n;
      share += weight * (4 * x * (1 - x)) ** ((n - 1) / 2);
    }
    sums[i + 1] = (sums[i] as number) + share;
  }
  const total = sums[n] as number;
  return sums.map((sum) => sum / total);
}

/**
 * The 97.5th percentile of Student's t distribution: exact for 1 and 2 degrees of freedom, else by
 * Cornish and Fisher's expansion (Abramowitz and Stegun 1964, 26.7.5), which is off by less than 0.1 %
 * from 4 degrees on and by 0.3 % at 3. Degrees need not be whole; below 2 the value of 1 is taken.
 */
export function studentQuantile(degrees: number): number {
  if (degrees < 2) return 12.706204736;
  if (degrees < 3) return 4.3026527297;
  const z = 1.9599639845;
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, power) => sum + term / degrees ** power, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
