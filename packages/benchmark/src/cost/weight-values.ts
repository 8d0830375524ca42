import { fail, type Model } from '@tfjs-optimize/core';
import type { HistogramRecord, SparsityMapRecord } from '../record/cost.js';
import { chooseWeights } from './chosen.js';
import { matrixForm } from './matrix.js';

/** Bins of a histogram. */
const BINS = 64;

/**
 * Histograms of weights, in bins of equal width from the smallest to the largest value. Zeros and what
 * is not finite are counted apart.
 *
 * @param names of weights or layers; all parameters of two axes and more unless given.
 * @throws `argument/invalid` for unknown names and bins below 1.
 */
export function weightHistograms(
  model: Model,
  names?: readonly string[],
  bins: number = BINS,
): HistogramRecord[] {
  requireCount('bins', bins);
  return chooseWeights(model, names).map(({ name, layer, weight }) => ({
    name,
    layer,
    shape: [...weight.shape],
    ...histogram(weight.numbers(), bins),
  }));
}

function histogram(
  values: ArrayLike<number>,
  bins: number,
): Pick<HistogramRecord, 'low' | 'high' | 'counts' | 'zeros' | 'notFinite'> {
  let [low, high, zeros, notFinite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === 0) zeros++;
    else if (!Number.isFinite(value)) notFinite++;
    else {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return { low: 0, high: 0, counts: [], zeros, notFinite };
  if (low === high) {
    const half = Math.abs(low) / 2;
    const counts = [values.length - zeros - notFinite];
    return { low: low - half, high: low + half, counts, zeros, notFinite };
  }
  const counts = new Array<number>(bins).fill(0);
  const scale = bins / (high - low);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value === 0 || !Number.isFinite(value)) continue;
    const bin = Math.min(bins - 1, Math.floor((value - low) * scale));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { low, high, counts, zeros, notFinite };
}

/** Size of the grid of {@link sparsityMaps}. */
export interface SparsityMapOptions {
  /** Most blocks from top to bottom and from left to right; 64 unless told. */
  readonly rows?: number;
  readonly columns?: number;
}

/**
 * Where weights are zero: each as a matrix, a row for each output channel and a column for each value
 * that goes into one (window and input channels), cut into blocks of nearly equal size.
 *
 * @param names of weights or layers; all parameters of two axes and more unless given.
 * @throws `argument/invalid` for unknown names and sizes below 1.
 */
export function sparsityMaps(
  model: Model,
  names?: readonly string[],
  { rows = 64, columns = 64 }: SparsityMapOptions = {},
): SparsityMapRecord[] {
  requireCount('rows', rows);
  requireCount('columns', columns);
  return chooseWeights(model, names).map(({ name, layer, weight }) => {
    const form = matrixForm(model, name);
    const grid = { rows: Math.min(rows, form.rows), columns: Math.min(columns, form.columns) };
    const zeros = new Float64Array(grid.rows * grid.columns);
    const sizes = new Float64Array(grid.rows * grid.columns);
    weight.numbers().forEach((value, offset) => {
      const row = Math.floor((form.rowOf(offset) * grid.rows) / form.rows);
      const column = Math.floor((form.columnOf(offset) * grid.columns) / form.columns);
      const cell = row * grid.columns + column;
      sizes[cell] = (sizes[cell] as number) + 1;
      if (value === 0) zeros[cell] = (zeros[cell] as number) + 1;
    });
    const shares = Array.from(zeros, (count, cell) => count / (sizes[cell] as number));
    return { name, layer, shape: [...weight.shape], ...grid, zeros: shares };
  });
}

function requireCount(subject: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  fail('argument/invalid', { subject, expected: 'a whole number of at least 1', got: String(value) });
}
