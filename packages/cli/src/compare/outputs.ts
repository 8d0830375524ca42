import { compareValues, type Comparison } from './compare.js';
import type { Fetched } from './fetch.js';

/** How two values of the same name are apart; `shapes` where they cannot be compared element by element. */
export type ValueComparison =
  | ({ readonly kind: 'numbers' } & Comparison)
  | { readonly kind: 'strings'; readonly unequal: number; readonly size: number }
  | { readonly kind: 'shapes' };

/** Compares what two models computed under one name. */
export function compareFetched(a: Fetched, b: Fetched): ValueComparison {
  const sameShape =
    a.shape.length === b.shape.length && a.shape.every((size, axis) => size === b.shape[axis]);
  if (!sameShape || a.dtype !== b.dtype) return { kind: 'shapes' };
  if (a.dtype !== 'string') {
    return {
      kind: 'numbers',
      ...compareValues(a.values as ArrayLike<number>, b.values as ArrayLike<number>),
    };
  }
  const texts = a.values as readonly string[];
  const unequal = texts.filter((text, i) => text !== b.values[i]).length;
  return { kind: 'strings', unequal, size: texts.length };
}

/** Whether two values are equal within the tolerance; shapes and strings must be equal. */
export function isWithin(comparison: ValueComparison, tolerance: number): boolean {
  switch (comparison.kind) {
    case 'shapes':
      return false;
    case 'strings':
      return comparison.unequal === 0;
    case 'numbers':
      return comparison.maxDifference <= tolerance * Math.max(1, comparison.magnitude);
  }
}
