import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { Random } from '../random.js';
import type { Batch, DataReader } from './data.js';
import { mapBatches } from './map-batches.js';

/**
 * Makes a batch of another: new tensors, or those that it was given where they stay. What it makes on the way and does
 * not give back is freed.
 * @param random numbers of this batch alone: the same for the same seed.
 */
export type Augment = (batch: Batch, random: Random) => Batch;

/** Data whose batches are changed as they are read; the same data without a change. */
export function augmented(source: DataReader, augment: Augment | undefined, seed: number): DataReader {
  if (augment === undefined) return source;
  const root = Random.of(seed);
  return mapBatches(source, (batch, { epoch, number }) =>
    changedBy(augment, batch, root.fork(`augment ${epoch} ${number}`)),
  );
}

function changedBy(augment: Augment, batch: Batch, random: Random): Batch {
  const changed = tf.tidy(() => augment(batch, random) as unknown as tf.TensorContainer) as unknown;
  if (typeof changed === 'object' && changed !== null && 'inputs' in changed) return changed as Batch;
  return fail('train/data', {
    subject: 'augment',
    expected: 'a batch {inputs, labels}',
    got: changed instanceof Promise ? 'a promise' : typeof changed,
    advice: 'Give back the batch, changed, and do not wait for anything',
  });
}
