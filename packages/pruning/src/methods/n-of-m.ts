import { countOf } from './amount.js';

/** At most `keep` of each `of` elements in a row are not zero. */
export interface NOfM {
  readonly keep: number;
  readonly of: number;
}

/** How {@link nOfM} groups. */
export interface GroupOptions {
  /** The axis along which elements are grouped, from 0. */
  readonly axis: number;
  /** The share of all groups that is pruned, those of the least sum of squares first; 1 unless told. */
  readonly level?: number | undefined;
  /** What an earlier mask keeps; the rest counts as 0 and stays pruned. */
  readonly kept?: Uint8Array | undefined;
}

/**
 * Keeps the `keep` largest magnitudes of every group of `of` elements along an axis; where that axis ends within a group,
 * the group is filled up with zeros, which go first. Of equal magnitudes the first stay. That is the m-by-n sparsity of
 * TensorFlow Model Optimization (whose m counts zeros), and the WeightNormSparsifier of PyTorch where groups fill the
 * axis: of these it prunes the share `level`, at most all but one where that is below 1.
 * @param scores their magnitudes count, or what else tells how much an element matters.
 */
export function nOfM(
  scores: Float32Array,
  shape: readonly number[],
  { keep, of }: NOfM,
  { axis, level = 1, kept }: GroupOptions,
): Uint8Array {
  const length = shape[axis] as number;
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = kept?.slice() ?? new Uint8Array(scores.length).fill(1);
  const isTouched = touched(groupSums(scores, length, stride, of, kept), level);
  const order = new Int32Array(of);
  let group = 0;
  eachGroup(scores.length, length, stride, of, (start, count) => {
    if (isTouched[group++] === 0) return;
    const size = (i: number): number => {
      const at = start + i * stride;
      return out[at] === 0 ? -1 : Math.abs(scores[at] as number);
    };
    for (let i = 0; i < count; i++) {
      let place = i;
      for (; place > 0 && size(order[place - 1] as number) < size(i); place--) {
        order[place] = order[place - 1] as number;
      }
      order[place] = i;
    }
    for (let i = keep; i < count; i++) out[start + (order[i] as number) * stride] = 0;
  });
  return out;
}

/** Visits groups in the order of their first elements, row by row. */
function eachGroup(
  size: number,
  length: number,
  stride: number,
  of: number,
  visit: (start: number, count: number) => void,
): void {
  for (let outer = 0; outer < size; outer += length * stride) {
    for (let first = 0; first < length; first += of) {
      const count = Math.min(of, length - first);
      for (let inner = 0; inner < stride; inner++) visit(outer + first * stride + inner, count);
    }
  }
}

function groupSums(
  scores: Float32Array,
  length: number,
  stride: number,
  of: number,
  kept: Uint8Array | undefined,
): Float64Array {
  const sums: number[] = [];
  eachGroup(scores.length, length, stride, of, (start, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const at = start + i * stride;
      if (kept === undefined || kept[at] !== 0) sum += (scores[at] as number) ** 2;
    }
    sums.push(sum);
  });
  return Float64Array.from(sums);
}

/** Marks the share of least sums; of equal ones the first. */
export function touched(sums: Float64Array, level: number): Uint8Array {
  if (level >= 1) return new Uint8Array(sums.length).fill(1);
  const marks = new Uint8Array(sums.length);
  const count = Math.min(countOf({ fraction: level }, sums.length, 'level'), Math.max(sums.length - 1, 0));
  const order = Uint32Array.from(sums.keys()).sort(
    (a, b) => (sums[a] as number) - (sums[b] as number) || a - b,
  );
  for (const at of order.subarray(0, count)) marks[at] = 1;
  return marks;
}
