import { sizeOf } from '../../reference/values.js';

/** Attributes of reductions. */
export interface ReduceAttrs {
  /** All where there is none. */
  readonly axis?: number | readonly number[] | null;
  readonly keepDims?: boolean;
}

/** A reduction over neighbouring axes. */
export interface Reduction {
  readonly outShape: readonly number[];
  readonly outer: number;
  readonly rows: number;
  readonly columns: number;
}

/** Sizes of a reduction; undefined where axes that stay lie between those that go, or where there are no such axes. */
export function reductionOf(
  shape: readonly number[],
  { axis, keepDims = false }: ReduceAttrs,
): Reduction | undefined {
  const all = shape.map((_, i) => i);
  const axes = new Set([axis ?? all].flat().map((each) => (each < 0 ? each + shape.length : each)));
  if (axes.size === 0) return undefined;
  const [first, last] = [Math.min(...axes), Math.max(...axes)];
  if (first < 0 || last >= shape.length || last - first + 1 !== axes.size) return undefined;
  return {
    outShape: shape.flatMap((size, i) => (axes.has(i) ? (keepDims ? [1] : []) : [size])),
    outer: sizeOf(shape.slice(0, first)),
    rows: sizeOf(shape.slice(first, last + 1)),
    columns: sizeOf(shape.slice(last + 1)),
  };
}
