import { qparams, type QParamsOptions, type Range } from '../numerics/qparams.js';
import type { Histogram } from './histogram.js';

/** Ends that are tried, as parts of what was seen. */
const TRIES = 100;
/** Rounds over both ends; they settle after two or three. */
const ROUNDS = 4;

/**
 * The range whose quantized numbers differ least from the real ones by mean squared error: both ends in turn are tried at
 * a hundred places between zero and the outermost number, each time with the scale and zero point that the range would get.
 * @param levels of the quantized value.
 * @param symmetric as far below zero as above.
 */
export function leastSquares(histogram: Histogram, levels: number, symmetric: boolean): Range {
  const options: QParamsOptions = { qmin: 0, qmax: levels - 1, symmetric, epsilon: 2 ** -126 };
  const errorAt = (range: Range): number => errorOf(histogram, range, options);
  const furthest = Math.max(-histogram.min, histogram.max);
  if (symmetric) {
    const best = least((part) => errorAt({ min: -part * furthest, max: part * furthest }));
    return { min: -best * furthest, max: best * furthest };
  }
  const all = { min: Math.min(histogram.min, 0), max: Math.max(histogram.max, 0) };
  let { min, max } = all;
  for (let round = 0; round < ROUNDS; round++) {
    const before = { min, max };
    if (all.max > 0) max = all.max * least((part) => errorAt({ min, max: part * all.max }));
    if (all.min < 0) min = all.min * least((part) => errorAt({ min: part * all.min, max }));
    if (min === before.min && max === before.max) break;
  }
  return { min, max };
}

/** The part from 1/{@link TRIES} to 1 with the least error, the greatest of equals. */
function least(errorOfPart: (part: number) => number): number {
  let [best, error] = [1, Infinity];
  for (let i = TRIES; i > 0; i--) {
    const next = errorOfPart(i / TRIES);
    if (next < error) [best, error] = [i / TRIES, next];
  }
  return best;
}

function errorOf(histogram: Histogram, range: Range, options: QParamsOptions): number {
  const { scale, zeroPoint } = qparams(range, options);
  const lowest = (options.qmin - zeroPoint) * scale;
  const highest = (options.qmax - zeroPoint) * scale;
  const { counts, low, width } = histogram;
  let error = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] as number;
    if (count === 0) continue;
    const value = low + (bin + 0.5) * width;
    const level = Math.min(Math.max(Math.round(value / scale) * scale, lowest), highest);
    error += count * (value - level) ** 2;
  }
  return error;
}
