import { Random } from '@tfjs-optimize/core/plain';

/** How an epoch is cut into batches. */
export interface Cut {
  readonly length: number;
  readonly batchSize: number;
  readonly dropLast: boolean;
}

/** Batches of an epoch. */
export function batchCount({ length, batchSize, dropLast }: Cut): number {
  return dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
}

/** The numbers of all samples in the order of an epoch: a permutation that seed and epoch alone decide, or their own. */
export function orderOf(length: number, shuffle: boolean, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  return shuffle ? Int32Array.from(Random.of(seed).fork(`order ${epoch}`).shuffle(order)) : order;
}
