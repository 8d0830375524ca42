import type { Range } from '../numerics/qparams.js';
import type { Histogram } from './histogram.js';

/** The range that holds so many percent, half of the rest cut at each end. */
export function keepPercent(histogram: Histogram, percent: number): Range {
  const cut = (100 - percent) / 200;
  return within(histogram, {
    min: histogram.edge(firstBin(histogram, cut)),
    max: histogram.edge(firstBin(histogram, 1 - cut)),
  });
}

/** As {@link keepPercent}, from a histogram of magnitudes: as far below zero as above, clamped to what was seen. */
export function keepPercentOfMagnitudes(magnitudes: Histogram, percent: number, seen: Range): Range {
  const most = magnitudes.edge(firstBin(magnitudes, percent / 100));
  return within(seen, { min: -most, max: most });
}

/** The first bin by whose end that share of numbers has been counted. */
function firstBin({ counts, total, bins }: Histogram, share: number): number {
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) {
    sum += counts[bin] as number;
    if (sum / total >= share) return bin;
  }
  return bins;
}

function within(seen: Range, { min, max }: Range): Range {
  return { min: Math.max(min, seen.min), max: Math.min(max, seen.max) };
}
