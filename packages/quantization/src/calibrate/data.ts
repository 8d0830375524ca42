import * as tf from '@tensorflow/tfjs';
import {
  fail,
  isOptimizeError,
  sourceOf,
  type Batch,
  type BatchOptions,
  type DataReader,
  type ModelInputs,
  type TrainingData,
} from '@tfjs-optimize/core';

/** A batch, or its inputs alone. */
export type CalibrationBatch = Batch | ModelInputs;

/**
 * What ranges are measured on; labels are passed over. The first axis of every tensor counts examples.
 *
 * - a tensor, or `{inputs}` with tensors or numbers of all examples, as training takes them;
 * - an array of batches, which stay the caller's;
 * - an iterator, also an asynchronous one, a function that gives one, or a data set of tf.data: their batches are given
 *   away and disposed of here.
 */
export type CalibrationData =
  | TrainingData
  | tf.Tensor
  | tf.data.Dataset<tf.TensorContainer>
  | Iterable<CalibrationBatch>
  | AsyncIterable<CalibrationBatch>
  | ((epoch: number) => Iterable<CalibrationBatch> | AsyncIterable<CalibrationBatch>);

/** Looks at data once and gives what reads them. */
export function calibrationSource(data: CalibrationData, subject: string): DataReader {
  if ((typeof data !== 'object' || data === null) && typeof data !== 'function') {
    return fail('quantization/data', {
      subject: `${subject}: data`,
      expected: 'examples',
      got: data === undefined || data === null ? 'none' : typeof data,
      advice: 'Give {data}: a tensor, {inputs}, batches, an iterator or a data set of tf.data',
    });
  }
  if (data instanceof tf.Tensor) return asCalibration(subject, () => sourceOf({ inputs: data }));
  if (typeof data === 'function') return streamed((epoch) => batchesOf(data(epoch)));
  if (isDataset(data)) return streamed(() => itemsOf(data));
  if (Array.isArray(data)) return streamed(() => kept(data));
  if (isIterable(data)) return streamed(() => batchesOf(data));
  return asCalibration(subject, () => sourceOf(data as TrainingData));
}

/** The code of this package in the place of that of training. */
function asCalibration(subject: string, read: () => DataReader): DataReader {
  try {
    return read();
  } catch (error) {
    if (!isOptimizeError(error) || error.code !== 'train/data') throw error;
    const got = error.message.replace(/\.$/, '');
    return fail('quantization/data', { subject, expected: 'data to measure', got, cause: error });
  }
}

function isDataset(data: object): data is tf.data.Dataset<tf.TensorContainer> {
  return 'iterator' in data && typeof data.iterator === 'function';
}

function isIterable(data: object): data is Iterable<CalibrationBatch> | AsyncIterable<CalibrationBatch> {
  return Symbol.iterator in data || Symbol.asyncIterator in data;
}

function streamed(make: (epoch: number) => AsyncGenerator<Batch, void>): DataReader {
  return {
    size: undefined,
    steps: () => undefined,
    batches: (epoch: number, _options: BatchOptions) => make(epoch),
  };
}

async function* itemsOf(data: tf.data.Dataset<tf.TensorContainer>): AsyncGenerator<Batch, void> {
  const iterator = await data.iterator();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    const value = next.value as unknown as CalibrationBatch | { readonly xs: ModelInputs };
    if (!isPlain(value) || !('xs' in value)) {
      yield batchOf(value);
      continue;
    }
    const { xs, ys } = value as unknown as { readonly xs: ModelInputs; readonly ys?: tf.Tensor };
    yield { inputs: xs, ...(ys !== undefined && { labels: ys }) };
  }
}

/** Clones, so that what is disposed of here is not the caller's. */
async function* kept(data: readonly CalibrationBatch[]): AsyncGenerator<Batch, void> {
  for (const item of data) {
    const { inputs } = batchOf(item);
    yield { inputs: cloned(inputs) };
    await Promise.resolve();
  }
}

async function* batchesOf(
  data: Iterable<CalibrationBatch> | AsyncIterable<CalibrationBatch>,
): AsyncGenerator<Batch, void> {
  for await (const item of data) yield batchOf(item);
}

function batchOf(item: CalibrationBatch): Batch {
  if (isPlain(item) && 'inputs' in item) return item as unknown as Batch;
  const tensors = item instanceof tf.Tensor ? [item] : Object.values((item ?? {}) as object);
  if (tensors.length > 0 && tensors.every((tensor) => tensor instanceof tf.Tensor)) {
    return { inputs: item as ModelInputs };
  }
  return fail('quantization/data', {
    subject: 'calibration batch',
    expected: 'a tensor, tensors by input, or {inputs}',
    got: item === null ? 'null' : Array.isArray(item) ? 'an array of other things' : typeof item,
    advice: 'Make tensors of numbers: tf.tensor(numbers), or {inputs: {values, shape}} for all examples',
  });
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !(value instanceof tf.Tensor) && !Array.isArray(value)
  );
}

function cloned(inputs: ModelInputs): ModelInputs {
  if (inputs instanceof tf.Tensor) return inputs.clone();
  if (Array.isArray(inputs)) return (inputs as readonly tf.Tensor[]).map((tensor) => tensor.clone());
  const named = Object.entries(inputs as Readonly<Record<string, tf.Tensor>>);
  return Object.fromEntries(named.map(([key, tensor]) => [key, tensor.clone()]));
}
