import type { Range } from '../numerics/qparams.js';
import { leastDivergence } from './entropy.js';
import { Histogram } from './histogram.js';
import { leastSquares } from './least-squares.js';
import {
  checkObserver,
  type EntropyOptions,
  type HistogramOptions,
  type MinMaxOptions,
  type MovingAverageOptions,
  type MseOptions,
  type Observer,
  type ObserverName,
  type PercentileOptions,
  type Watcher,
} from './observer.js';
import { keepPercent, keepPercentOfMagnitudes } from './percentile.js';
import { walkQuantiles } from './quantile-walk.js';

const BINS = 2048;

/** Starts to watch one value. */
export function watch(observer: Observer): Watcher {
  const { name, options } = checkObserver(observer);
  return WATCHERS[name](options);
}

/** A few numbers' least and greatest, and whether all are finite, in one pass. */
export function scan(values: Float32Array): Range & { readonly finite: boolean } {
  let min = Infinity;
  let max = -Infinity;
  // 0 as long as all are finite: NaN and infinity by 0 are NaN, which stays.
  let check = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
    check += value * 0;
  }
  return { min, max, finite: check === 0 };
}

const WATCHERS: Readonly<Record<ObserverName, (options: object) => Watcher>> = {
  minMax: ({ symmetric = false }: MinMaxOptions) => {
    const seen = new Seen();
    return {
      observe: (_values, range) => seen.add(range),
      range: () => (symmetric ? mirrored(seen) : { min: seen.min, max: seen.max }),
    };
  },
  movingAverage: ({ constant = 0.01 }: MovingAverageOptions) => new Average(constant),
  percentile: ({ percentile = 99.99, symmetric = false, bins = BINS }: PercentileOptions) => {
    const seen = new Seen();
    const histogram = new Histogram(bins, !symmetric);
    return {
      observe: (values, range) => {
        seen.add(range);
        if (!symmetric) return histogram.add(values, range);
        const magnitudes = values.map(Math.abs);
        histogram.add(magnitudes, scan(magnitudes));
      },
      range: () => {
        if (seen.min === seen.max) return symmetric ? mirrored(seen) : { min: seen.min, max: seen.max };
        return symmetric
          ? keepPercentOfMagnitudes(histogram, percentile, seen)
          : keepPercent(histogram, percentile);
      },
    };
  },
  entropy: ({ bins = BINS, levels = 256 }: EntropyOptions) =>
    searching(new Histogram(bins, true), (histogram) => leastDivergence(histogram, levels)),
  histogram: ({ bins = BINS }: HistogramOptions) => searching(new Histogram(bins), walkQuantiles),
  mse: ({ bins = BINS, levels = 256, symmetric = false }: MseOptions) =>
    searching(new Histogram(bins), (histogram) => leastSquares(histogram, levels, symmetric)),
};

/** Gathers a histogram and searches it at the end. Where all numbers are one, there is nothing to search. */
function searching(histogram: Histogram, search: (histogram: Histogram) => Range): Watcher {
  return {
    observe: (values, range) => histogram.add(values, range),
    range: () =>
      histogram.min === histogram.max ? { min: histogram.min, max: histogram.max } : search(histogram),
  };
}

class Seen implements Range {
  min = Infinity;
  max = -Infinity;

  add({ min, max }: Range): void {
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
  }
}

function mirrored({ min, max }: Range): Range {
  const most = Math.max(Math.abs(min), Math.abs(max));
  return { min: -most, max: most };
}

/** In float32, as PyTorch's MovingAverageMinMaxObserver has it. */
class Average implements Watcher {
  private average: Range | undefined;
  private batches = 0;

  constructor(private readonly constant: number | 'mean') {}

  observe(_values: Float32Array, range: Range): void {
    this.batches++;
    const share = Math.fround(this.constant === 'mean' ? 1 / this.batches : this.constant);
    const towards = (from: number, to: number): number =>
      Math.fround(from + Math.fround(share * Math.fround(to - from)));
    const { average } = this;
    this.average =
      average === undefined
        ? { min: range.min, max: range.max }
        : { min: towards(average.min, range.min), max: towards(average.max, range.max) };
  }

  range(): Range {
    return this.average ?? { min: 0, max: 0 };
  }
}
