import type { Range } from '../numerics/qparams.js';
import type { Histogram } from './histogram.js';

/** What zeros are raised to, so that logarithms are finite. */
const SMOOTHING = 0.0001;

/**
 * The window around zero whose quantized distribution tells least apart from the whole one by Kullback and Leibler's
 * divergence (Migacz 2017, "8-bit inference with TensorRT"), as ONNX Runtime searches it: windows grow from
 * `levels` bins to all of them; what lies outside counts at their ends.
 */
export function leastDivergence(histogram: Histogram, levels: number): Range {
  const { counts, bins, min, max } = histogram;
  const middle = Math.floor(bins / 2);
  const sums = runningSums(counts);
  let best = { divergence: Infinity, from: 0, to: bins };
  for (let half = Math.floor(levels / 2); half <= middle; half++) {
    const from = middle - half;
    const to = Math.min(middle + half + 1, bins);
    const divergence = divergenceOf(counts, sums, from, to, levels);
    if (divergence < best.divergence) best = { divergence, from, to };
  }
  return {
    min: Math.max(histogram.edge(best.from), min),
    max: Math.min(histogram.edge(best.to), max),
  };
}

/** Sums of the counts before each bin. */
function runningSums(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  counts.forEach((count, bin) => (sums[bin + 1] = (sums[bin] as number) + count));
  return sums;
}

function divergenceOf(
  counts: Float64Array,
  sums: Float64Array,
  from: number,
  to: number,
  levels: number,
): number {
  const size = to - from;
  const sumOf = (start: number, end: number): number =>
    (sums[from + end] as number) - (sums[from + start] as number);
  const whole = counts.slice(from, to);
  whole[0] = (whole[0] as number) + (sums[from] as number);
  whole[size - 1] = (whole[size - 1] as number) + (sums[counts.length] as number) - (sums[to] as number);
  const quantized = new Float64Array(size);
  const merged = Math.floor(size / levels);
  for (let level = 0; level < levels; level++) {
    const start = level * merged;
    const end = start + merged;
    const held = sumOf(start, level === levels - 1 ? size : end);
    let filled = 0;
    for (let bin = start; bin < end; bin++) if (whole[bin] !== 0) filled++;
    // Counts are whole numbers, as they are there.
    if (filled > 0) quantized.fill(Math.trunc(held / filled), start, end);
  }
  return smooth(whole) && smooth(quantized) ? relativeEntropy(whole, quantized) : Infinity;
}

/** Takes from what is there what zeros get; false where all are zeros. */
function smooth(counts: Float64Array): boolean {
  let zeros = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] === 0) zeros++;
  const others = counts.length - zeros;
  if (others === 0) return false;
  const taken = (SMOOTHING * zeros) / others;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    counts[i] = count === 0 ? SMOOTHING : count - taken;
  }
  return true;
}

/** Σ p log(p / q) of two lists of counts, each as shares of its sum. */
function relativeEntropy(p: Float64Array, q: Float64Array): number {
  let ofP = 0;
  let ofQ = 0;
  for (let i = 0; i < p.length; i++) {
    ofP += p[i] as number;
    ofQ += q[i] as number;
  }
  let total = 0;
  for (let i = 0; i < p.length; i++) {
    const share = (p[i] as number) / ofP;
    if (share > 0) total += share * Math.log(share / ((q[i] as number) / ofQ));
  }
  return total;
}
