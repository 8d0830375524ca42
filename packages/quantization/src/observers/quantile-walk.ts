import type { Range } from '../numerics/qparams.js';
import type { Histogram } from './histogram.js';

/** How much of all numbers a step passes over. */
const STEP = 1e-5;
const LEVELS = 256;

/**
 * PyTorch's HistogramObserver (`_non_linear_param_search`): walks in from both ends, a quantile at a time, on the side
 * where fewer numbers lie, as long as the L2 error of 256 levels does not grow.
 */
export function walkQuantiles(histogram: Histogram): Range {
  const { counts, bins, total, min, max } = histogram;
  const width = (max - min) / bins;
  const sums = Float64Array.from(counts);
  for (let bin = 1; bin < bins; bin++) sums[bin] = (sums[bin] as number) + (sums[bin - 1] as number);
  let [alpha, beta] = [0, 1];
  let [start, end] = [0, bins - 1];
  let least = Infinity;
  while (alpha < beta) {
    const nextAlpha = alpha + STEP;
    const nextBeta = beta - STEP;
    let [left, right] = [start, end];
    while (left < end && (sums[left] as number) < nextAlpha * total) left++;
    while (right > start && (sums[right] as number) > nextBeta * total) right--;
    let [nextStart, nextEnd] = [start, end];
    if (left - start > end - right) [nextStart, alpha] = [left, nextAlpha];
    else [nextEnd, beta] = [right, nextBeta];
    if (nextStart === start && nextEnd === end) continue;
    const error = errorOf(counts, width, nextStart, nextEnd);
    if (error > least) break;
    [least, start, end] = [error, nextStart, nextEnd];
  }
  return { min: min + width * start, max: min + width * (end + 1) };
}

/** The L2 error of levels spread over some bins, where numbers are spread evenly within each bin. */
function errorOf(counts: Float64Array, width: number, start: number, end: number): number {
  const step = (width * (end - start + 1)) / LEVELS;
  if (step === 0) return 0;
  const levelOf = (at: number): number => Math.min(Math.max(Math.floor(at / step), 0), LEVELS - 1);
  const cubes = (from: number, to: number): number => (to ** 3 - from ** 3) / 3;
  let error = 0;
  counts.forEach((count, bin) => {
    if (count === 0) return;
    const from = (bin - start) * width;
    const to = from + width;
    const [first, last] = [levelOf(from), levelOf(to)];
    const inFirst = cubes(from - (first + 0.5) * step, step / 2);
    const between = (last - first - 1) * cubes(-step / 2, step / 2);
    const inLast = cubes(-step / 2, to - (last + 0.5) * step);
    error += (count / width) * (inFirst + between + inLast);
  });
  return error;
}
