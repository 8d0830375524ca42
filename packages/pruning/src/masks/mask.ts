import { fail } from '@tfjs-optimize/core';

/** Which elements of a weight are kept. Immutable. */
export interface Mask {
  /** Shape of the weight. */
  readonly shape: readonly number[];
  /** 1 for an element that is kept, 0 for one that is zero for good; row-major. Never write to it. */
  readonly kept: Uint8Array;
}

/** Masks by the names of their weights. */
export type Masks = ReadonlyMap<string, Mask>;

/** Elements that a mask makes zero. */
export function prunedCount({ kept }: Mask): number {
  let count = 0;
  for (const one of kept) if (one === 0) count++;
  return count;
}

/** What a mask keeps of what another one does. */
export function both({ shape, kept }: Mask, other: Mask | undefined): Mask {
  return { shape, kept: other === undefined ? kept : kept.map((one, i) => (other.kept[i] === 0 ? 0 : one)) };
}

/**
 * Values with those that a mask does not keep made zero; a new array.
 * @throws `pruning/mask` where the mask has another size.
 */
export function masked(values: Float32Array, { kept, shape }: Mask): Float32Array {
  if (kept.length !== values.length) {
    fail('pruning/mask', {
      subject: 'mask',
      expected: `an element for each of ${values.length} weights`,
      got: `shape [${shape.join(',')}]`,
    });
  }
  return values.map((value, i) => (kept[i] === 0 ? 0 : value));
}
