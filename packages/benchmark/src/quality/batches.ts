import * as tf from '@tensorflow/tfjs';
import { fail, type ModelInputs } from '@tfjs-optimize/core';

/** Inputs and labels, the first axis of each counting examples. */
export interface LabelledBatch {
  /** What the model takes: a tensor, a list in its order, or tensors by input key. */
  readonly xs: ModelInputs;
  /** What it should give; may be missing where no metric asks for it. */
  readonly ys?: tf.Tensor;
}

/**
 * Labelled examples: all in one, in batches that are made on the way, or a dataset of TensorFlow.js whose
 * elements are batches.
 */
export type EvaluationData =
  | LabelledBatch
  | Iterable<LabelledBatch>
  | AsyncIterable<LabelledBatch>
  | tf.data.Dataset<tf.TensorContainer>;

/** Batches, one after the other, of at most `batchSize` examples where all are given in one. */
export function batchesOf(
  data: EvaluationData,
  batchSize: number,
): Iterable<LabelledBatch> | AsyncIterable<LabelledBatch> {
  if (typeof data !== 'object' || data === null) return refuse(data);
  if ('xs' in data) return slices(requireBatch(data), batchSize);
  if (Symbol.iterator in data || Symbol.asyncIterator in data) return checked(data);
  if ('iterator' in data && typeof data.iterator === 'function') return checked(elements(data));
  return refuse(data);
}

function refuse(data: unknown): never {
  return fail('argument/invalid', {
    subject: 'dataset',
    expected: '{xs, ys} of tensors, an iterable of these, or a tf.data.Dataset of batches',
    got: data === null ? 'null' : typeof data,
  });
}

/** How many examples there are, where that can be known. */
export function exampleCount(data: EvaluationData): number | undefined {
  return 'xs' in data ? tensorsOf(data)[0]?.shape[0] : undefined;
}

export function tensorsOf({ xs, ys }: LabelledBatch): tf.Tensor[] {
  const inputs = xs instanceof tf.Tensor ? [xs] : Object.values(xs);
  return ys === undefined ? inputs : [...inputs, ys];
}

async function* checked(
  batches: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<LabelledBatch, void, undefined> {
  for await (const batch of batches) yield requireBatch(batch);
}

async function* elements(dataset: tf.data.Dataset<tf.TensorContainer>): AsyncGenerator {
  const iterator = await dataset.iterator();
  for (;;) {
    const next: IteratorResult<unknown> = await iterator.next();
    if (next.done === true) return;
    yield next.value;
  }
}

function requireBatch(batch: unknown): LabelledBatch {
  const { xs, ys } = (typeof batch === 'object' && batch !== null ? batch : {}) as Partial<LabelledBatch>;
  if (typeof xs !== 'object' || xs === null) {
    return fail('argument/invalid', {
      subject: 'batch',
      expected: '{xs, ys} of tensors',
      got: batch instanceof tf.Tensor ? 'a tensor' : typeof batch,
    });
  }
  const given = ys === undefined ? { xs } : { xs, ys };
  const wrong = tensorsOf(given).find(
    (tensor: unknown) => !(tensor instanceof tf.Tensor) || tensor.rank === 0,
  );
  if (wrong !== undefined) {
    fail('argument/invalid', {
      subject: 'batch',
      expected: 'tensors whose first axis counts examples',
      got: (wrong as unknown) instanceof tf.Tensor ? 'a scalar' : typeof wrong,
    });
  }
  return given;
}

function* slices({ xs, ys }: LabelledBatch, batchSize: number): Generator<LabelledBatch, void, undefined> {
  const total = sameCount({ xs, ...(ys && { ys }) });
  for (let start = 0; start < total; start += batchSize) {
    const cut = (tensor: tf.Tensor): tf.Tensor => tf.slice(tensor, start, Math.min(batchSize, total - start));
    yield { xs: mapInputs(xs, cut), ...(ys && { ys: cut(ys) }) };
  }
}

/** How many examples there are, which all tensors have to agree on. */
export function sameCount(batch: LabelledBatch): number {
  const counts = tensorsOf(batch).map(({ shape }) => shape[0]);
  const [first = 0] = counts;
  const other = counts.find((count) => count !== first);
  if (other === undefined) return first;
  return fail('argument/invalid', {
    subject: 'batch',
    expected: `${first} examples in each tensor of xs and ys, as in the first`,
    got: String(other),
  });
}

function mapInputs(xs: ModelInputs, map: (tensor: tf.Tensor) => tf.Tensor): ModelInputs {
  if (xs instanceof tf.Tensor) return map(xs);
  if (Array.isArray(xs)) return (xs as readonly tf.Tensor[]).map(map);
  return Object.fromEntries(Object.entries(xs).map(([key, tensor]) => [key, map(tensor)]));
}
