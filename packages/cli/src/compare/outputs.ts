import { compareValues, type Comparison } from './compare.js';
import type { Fetched } from './fetch.js';

/** How two values of the same name are apart; `shapes` where they cannot be compared element by element. */
export type ValueComparison =
  | ({ readonly kind: 'numbers' } & Comparison)
  | { readonly kind: 'strings'; readonly unequal: number; readonly size: number }
  | { readonly kind: 'shapes' };

/**
 * What is said of two values: `equal` or `within` the tolerance, at least where they are numbers; or
 * why they differ: by more than the tolerance (`apart`), NaN or infinite at other places (`elsewhere`),
 * or NaN everywhere, so that nothing was compared (`nothing`).
 */
export type Finding = 'equal' | 'within' | 'apart' | 'elsewhere' | 'nothing';

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

/** Judges two values; shapes and strings must be equal. */
export function findingOf(comparison: ValueComparison, tolerance: number): Finding {
  if (comparison.kind === 'shapes') return 'apart';
  if (comparison.kind === 'strings') return comparison.unequal === 0 ? 'equal' : 'apart';
  const { size, incomparable, nanInBoth, maxDifference, magnitude } = comparison;
  if (incomparable > nanInBoth) return 'elsewhere';
  if (size > 0 && nanInBoth === size) return 'nothing';
  if (maxDifference === 0) return 'equal';
  return maxDifference <= tolerance * Math.max(1, magnitude) ? 'within' : 'apart';
}

/** Whether two values agree, at least where they are numbers. */
export function agrees(finding: Finding): boolean {
  return finding === 'equal' || finding === 'within';
}

/** Values that are NaN in both models. */
export function nanInBoth(comparison: ValueComparison): number {
  return comparison.kind === 'numbers' ? comparison.nanInBoth : 0;
}
