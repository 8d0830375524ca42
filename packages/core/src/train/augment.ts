import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { Random } from '../random.js';
import { disposeBatch, type Batch, type DataReader } from './data.js';

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
  return {
    size: source.size,
    steps: (batchSize) => source.steps(batchSize),
    async *batches(epoch, options) {
      let number = options.skip ?? 0;
      for await (const batch of source.batches(epoch, options)) {
        const random = root.fork(`augment ${epoch} ${number++}`);
        const { indices } = batch;
        const changed = changedBy(augment, batch, random);
        const kept = new Set(tensorsOf(changed));
        disposeBatch({ inputs: tensorsOf(batch).filter((tensor) => !kept.has(tensor)) });
        yield { ...changed, ...(indices === undefined ? {} : { indices }) };
      }
    },
  };
}

/** What an augmentation makes of a batch, which is freed where it fails. */
function changedBy(augment: Augment, batch: Batch, random: Random): Batch {
  try {
    const changed = tf.tidy(() => augment(batch, random) as unknown as tf.TensorContainer) as unknown;
    if (typeof changed === 'object' && changed !== null && 'inputs' in changed) return changed as Batch;
    return fail('train/data', {
      subject: 'augment',
      expected: 'a batch {inputs, labels}',
      got: changed instanceof Promise ? 'a promise' : typeof changed,
      advice: 'Give back the batch, changed, and do not wait for anything',
    });
  } catch (error) {
    disposeBatch(batch);
    throw error;
  }
}

function tensorsOf({ inputs, labels, extras }: Batch): tf.Tensor[] {
  return [inputs, labels ?? [], extras ?? {}].flatMap((given) =>
    given instanceof tf.Tensor ? [given] : Object.values(given as Readonly<Record<string, tf.Tensor>>),
  );
}
