import type { DType } from '../../weights.js';
import type { Shape } from '../node.js';

/** The size that stands for "known only at run time". */
export const ANY = -1;

/** Whether every size is known. */
export function isKnown(shape: Shape): boolean {
  return shape.every((size) => size >= 0);
}

/** Number of elements; -1 where a size is unknown (and no other is 0). */
export function sizeOf(shape: Shape): number {
  let size = 1;
  let unknown = false;
  for (const dim of shape) {
    if (dim < 0) unknown = true;
    else size *= dim;
  }
  return unknown && size !== 0 ? ANY : size;
}

/** Adds or multiplies sizes: unknown if one of them is. */
export const addSizes = (...sizes: readonly number[]): number =>
  sizes.some((size) => size < 0) ? ANY : sizes.reduce((a, b) => a + b, 0);
export const multiplySizes = (...sizes: readonly number[]): number =>
  sizes.some((size) => size < 0) ? ANY : sizes.reduce((a, b) => a * b, 1);

/** A size that may be undefined, as -1. */
export const sizeOr = (size: number | undefined): number => (size === undefined || size < 0 ? ANY : size);

/** A shape of `rank` unknown sizes. */
export const anyShape = (rank: number): Shape => new Array<number>(rank).fill(ANY);

/** An axis counted from the start; undefined if it is out of range. */
export function normalAxis(axis: number, rank: number): number | undefined {
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(at) && at >= 0 && at < rank ? at : undefined;
}

/** A copy with one size replaced. */
export function withSize(shape: Shape, axis: number, size: number): number[] {
  const next = [...shape];
  next[axis] = size;
  return next;
}

/**
 * The one size that two sizes which must be equal stand for; undefined if they contradict each other.
 */
export function sameSize(a: number, b: number): number | undefined {
  if (a < 0) return b;
  return b < 0 || a === b ? a : undefined;
}

/**
 * NumPy's broadcasting. An unknown size against 1 stays unknown; against n > 1 it is n (a model that
 * ran would have failed otherwise).
 * @returns `'contradiction'` where the shapes do not fit each other.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape | 'contradiction' {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === 1) out.push(y);
    else if (y === 1) out.push(x);
    else {
      const size = sameSize(x, y);
      if (size === undefined) return 'contradiction';
      out.push(size);
    }
  }
  return out;
}

const RANK_OF_TYPE: Readonly<Record<'bool' | 'int32' | 'float32' | 'complex64', number>> = {
  bool: 0,
  int32: 1,
  float32: 2,
  complex64: 3,
};

/** The type of arithmetic on two types in TensorFlow.js: the wider one. */
export function widerType(a: DType | undefined, b: DType | undefined): DType | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === 'string' || b === 'string') return a === b ? a : undefined;
  return RANK_OF_TYPE[a] >= RANK_OF_TYPE[b] ? a : b;
}
