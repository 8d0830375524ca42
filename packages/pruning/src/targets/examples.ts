import {
  breathe,
  checkInputs,
  disposeBatch,
  fail,
  firstExamples,
  isOptimizeError,
  type Random,
  sourceOf,
  type DataReader,
  type Model,
  type TrainingData,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/** Examples like those that a model will see; labels are passed over. A tensor, or what `fit` trains on. */
export type ExampleData = TrainingData | tf.Tensor;

/** How examples are read. */
export interface ReadOptions {
  readonly batchSize: number;
  /** Examples at most. */
  readonly limit: number;
  /** Draws the order of data in memory. */
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
}

/** Examples that a model takes at once. */
export interface ExampleBatch {
  /** By input key; gone when the next batch is asked for. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly count: number;
  /** Examples that there will be in all, where it is known. */
  readonly total: number | undefined;
}

/**
 * Reads data as inputs of a model, up to a number of examples; the last batch is cut there.
 * @param subject who reads, for errors.
 * @throws `pruning/data` for data that cannot be read and without an example, `model/input`, `aborted`.
 */
export async function* exampleBatches(
  model: Model,
  data: ExampleData,
  { batchSize, limit, random, signal }: ReadOptions,
  subject: string,
): AsyncGenerator<ExampleBatch, void> {
  const source = readerOf(data, subject);
  const total = source.size === undefined ? undefined : Math.min(source.size, limit);
  const fixed = fixedBatch(model);
  let seen = 0;
  for await (const batch of source.batches(0, { batchSize: fixed ?? batchSize, random })) {
    let inputs: Readonly<Record<string, tf.Tensor>> | undefined;
    try {
      await breathe(signal, subject);
      const given = checkInputs(model.signature, batch.inputs);
      const size = Object.values(given)[0]?.shape[0] ?? 1;
      // A model of a fixed batch takes no rest of the data.
      if (size === 0 || (seen > 0 && size < (fixed ?? 0))) continue;
      const count = fixed === undefined ? Math.min(size, limit - seen) : size;
      inputs = firstExamples(given, count, size);
      seen += count;
      yield { inputs, count, total };
    } finally {
      disposeBatch(batch);
      if (inputs !== undefined) tf.dispose(inputs);
    }
    if (seen >= limit) break;
  }
  if (seen > 0) return;
  fail('pruning/data', { subject: `${subject}: data`, expected: 'at least one example', got: 'none' });
}

/** The number of examples that a model takes, where it takes no other. */
function fixedBatch({ signature }: Model): number | undefined {
  const size = signature.inputs[0]?.shape?.[0];
  return size !== undefined && size > 0 ? size : undefined;
}

/** The code of this package in the place of that of training. */
function readerOf(data: ExampleData, subject: string): DataReader {
  try {
    return sourceOf(data instanceof tf.Tensor ? { inputs: data } : data);
  } catch (error) {
    if (!isOptimizeError(error) || error.code !== 'train/data') throw error;
    const got = error.message.replace(/\.$/, '');
    return fail('pruning/data', { subject: `${subject}: data`, expected: 'examples', got, cause: error });
  }
}
