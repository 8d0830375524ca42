import { fail, type Random } from '@tfjs-optimize/core';
import { countOf, type KnownAmount } from './amount.js';
import type { Scored } from './least.js';

/** A norm: the sum of magnitudes to the power of p, to the power of 1/p; `fro` is 2, and infinities are the largest and the least. */
export type Norm = number | 'fro';

/** A weight seen as slices: element i belongs to slice `sliceOf(i)`. */
export interface Slices {
  readonly count: number;
  readonly sliceOf: (element: number) => number;
}

/**
 * The slices of a shape along one axis, or along several: those of a depthwise kernel [h, w, c, m] along 2 and 3 are its
 * c·m channels.
 * @param axes each from -rank to rank - 1.
 * @throws `pruning/layer` for fewer than two axes in all, or an axis that there is none of.
 */
export function slicesAlong(shape: readonly number[], axes: readonly number[], subject: string): Slices {
  if (shape.length < 2) {
    fail('pruning/layer', {
      subject,
      expected: 'a weight of two axes or more',
      got: `shape [${shape.join(',')}]`,
      advice: 'Prune single weights of it, such as by l1Unstructured',
    });
  }
  const wanted = axes.map((axis) => axisOf(shape, axis, subject));
  let count = 1;
  const steps: { stride: number; size: number; factor: number }[] = [];
  for (const axis of [...new Set(wanted)].sort((a, b) => b - a)) {
    const size = shape[axis] as number;
    steps.push({ stride: shape.slice(axis + 1).reduce((a, b) => a * b, 1), size, factor: count });
    count *= size;
  }
  const sliceOf = (element: number): number => {
    let slice = 0;
    for (const { stride, size, factor } of steps) slice += (Math.floor(element / stride) % size) * factor;
    return slice;
  };
  return { count, sliceOf };
}

function axisOf(shape: readonly number[], axis: number, subject: string): number {
  const rank = shape.length;
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  return fail('pruning/layer', {
    subject: `${subject}: axis`,
    expected: `an axis from ${-rank} to ${rank - 1} of shape [${shape.join(',')}]`,
    got: String(axis),
  });
}

/** The norm of each slice, in double precision; what an earlier mask does not keep counts as 0. */
export function sliceNorms(
  values: Float32Array,
  kept: Uint8Array | undefined,
  { count, sliceOf }: Slices,
  norm: Norm,
): Float64Array {
  const p = norm === 'fro' ? 2 : norm;
  const sums = new Float64Array(count).fill(p === -Infinity ? Infinity : 0);
  for (let i = 0; i < values.length; i++) {
    const slice = sliceOf(i);
    const size = kept === undefined || kept[i] !== 0 ? Math.abs(values[i] as number) : 0;
    const sum = sums[slice] as number;
    if (p === Infinity) sums[slice] = Math.max(sum, size);
    else if (p === -Infinity) sums[slice] = Math.min(sum, size);
    else if (p === 0) sums[slice] = sum + (size === 0 ? 0 : 1);
    else sums[slice] = sum + (p === 1 ? size : p === 2 ? size * size : size ** p);
  }
  if (p === 0 || p === 1 || !Number.isFinite(p)) return sums;
  return sums.map((sum) => (p === 2 ? Math.sqrt(sum) : sum ** (1 / p)));
}

/**
 * Prunes the slices of the least norm, as PyTorch's LnStructured does: of those slices of which an earlier mask keeps
 * anything, an amount of that. Of equal norms the first slices go.
 * @throws `pruning/amount` for a count above the slices that are left.
 */
export function leastSlices(
  values: Float32Array,
  slices: Slices,
  amount: KnownAmount,
  options: { readonly norm: Norm; readonly kept?: Uint8Array | undefined; readonly subject: string },
): Uint8Array {
  const { norm, kept, subject } = options;
  const norms = sliceNorms(values, kept, slices, norm);
  const left = slicesLeft(values.length, slices, kept);
  left.sort((a, b) => (norms[a] as number) - (norms[b] as number) || a - b);
  return withoutSlices(
    values.length,
    slices,
    kept,
    left.slice(0, countOf(amount, left.length, subject, 'channels')),
  );
}

/**
 * Prunes the least magnitudes of each slice by itself: of what an earlier mask keeps of it, an amount of that. Of equal
 * magnitudes the first go.
 * @throws `pruning/amount` for a count above what is left of a slice.
 */
export function leastOfEachSlice(
  { scores, kept }: Scored,
  { count, sliceOf }: Slices,
  amount: KnownAmount,
  subject: string,
): Uint8Array {
  const members = Array.from({ length: count }, (): number[] => []);
  for (let i = 0; i < scores.length; i++) {
    if (kept === undefined || kept[i] !== 0) members[sliceOf(i)]?.push(i);
  }
  const out = kept?.slice() ?? new Uint8Array(scores.length).fill(1);
  const size = (i: number): number => Math.abs(scores[i] as number);
  for (const slice of members) {
    slice.sort((a, b) => size(a) - size(b) || a - b);
    for (const i of slice.slice(0, countOf(amount, slice.length, subject))) out[i] = 0;
  }
  return out;
}

/** Prunes slices by chance, of those of which an earlier mask keeps anything. */
export function slicesByChance(
  size: number,
  slices: Slices,
  amount: KnownAmount,
  options: { readonly random: Random; readonly kept?: Uint8Array | undefined; readonly subject: string },
): Uint8Array {
  const { random, kept, subject } = options;
  const left = slicesLeft(size, slices, kept);
  const count = countOf(amount, left.length, subject, 'channels');
  return withoutSlices(size, slices, kept, random.shuffle(left).slice(0, count));
}

function slicesLeft(size: number, { count, sliceOf }: Slices, kept: Uint8Array | undefined): number[] {
  const all = Array.from({ length: count }, (_, slice) => slice);
  if (kept === undefined) return all;
  const keeps = new Uint8Array(count);
  for (let i = 0; i < size; i++) if (kept[i] !== 0) keeps[sliceOf(i)] = 1;
  return all.filter((slice) => keeps[slice] !== 0);
}

function withoutSlices(
  size: number,
  { count, sliceOf }: Slices,
  kept: Uint8Array | undefined,
  gone: readonly number[],
): Uint8Array {
  const goes = new Uint8Array(count);
  for (const slice of gone) goes[slice] = 1;
  const out = kept?.slice() ?? new Uint8Array(size).fill(1);
  for (let i = 0; i < size; i++) if (goes[sliceOf(i)] !== 0) out[i] = 0;
  return out;
}
