import * as tf from '@tensorflow/tfjs';
import { disposeBatch, type Batch, type DataReader } from './data.js';

/** Where a batch stands in a training. */
export interface BatchPlace {
  /** From 0 on. */
  readonly epoch: number;
  /** In the epoch, from 0 on, batches that were left out included. */
  readonly number: number;
}

/**
 * Data whose batches are changed as they are read. The change gets a batch and gives another, which may share tensors
 * with it: those that it does not share are freed, all of them where it fails. Numbers of examples are kept.
 */
export function mapBatches(
  source: DataReader,
  change: (batch: Batch, place: BatchPlace) => Batch | Promise<Batch>,
): DataReader {
  return {
    size: source.size,
    steps: (batchSize) => source.steps(batchSize),
    ...(source.fingerprint !== undefined && { fingerprint: () => source.fingerprint?.() as Promise<string> }),
    async *batches(epoch, options) {
      let number = options.skip ?? 0;
      for await (const batch of source.batches(epoch, options)) {
        const changed = await changedBy(change, batch, { epoch, number: number++ });
        const { indices } = batch;
        yield { ...changed, ...(indices === undefined ? {} : { indices }) };
      }
    },
  };
}

async function changedBy(
  change: (batch: Batch, place: BatchPlace) => Batch | Promise<Batch>,
  batch: Batch,
  place: BatchPlace,
): Promise<Batch> {
  try {
    const changed = await change(batch, place);
    const kept = new Set(tensorsOf(changed));
    tf.dispose(tensorsOf(batch).filter((tensor) => !kept.has(tensor)));
    return changed;
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
