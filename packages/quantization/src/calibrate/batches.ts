import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  checkInputs,
  disposeBatch,
  fail,
  firstExamples,
  Random,
  type Model,
  type ModelInputs,
} from '@tfjs-optimize/core';
import { calibrationSource, type CalibrationData } from './data.js';

/** How data are read. */
export interface ReadOptions {
  readonly batchSize: number;
  /** Examples at most. */
  readonly limit: number;
  /** Draws the order of data in memory. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** One batch that a model takes. */
export interface InputBatch {
  /** By input key; gone when the next batch is asked for. */
  readonly inputs: Record<string, tf.Tensor>;
  readonly count: number;
  /** Examples that there will be in all, where it is known. */
  readonly total: number | undefined;
}

/**
 * Reads data as inputs of a model, up to a number of examples; the last batch is cut there.
 * @param subject who reads, for errors.
 * @throws `quantization/data` without an example, `model/input` for data that the model does not take, `aborted`.
 */
export async function* inputBatches(
  model: Model,
  data: CalibrationData,
  { batchSize, limit, seed, signal }: ReadOptions,
  subject: string,
): AsyncGenerator<InputBatch, void> {
  checkCount(`${subject}: batchSize`, batchSize);
  checkCount(`${subject}: limit`, limit);
  const source = calibrationSource(data, subject);
  const random = Random.of(seed).fork('quantization/calibrate');
  const total = source.size === undefined ? undefined : Math.min(source.size, limit);
  const fixed = fixedBatch(model);
  let seen = 0;
  for await (const batch of source.batches(0, { batchSize: fixed ?? batchSize, random })) {
    let cut: Record<string, tf.Tensor> | undefined;
    try {
      await breathe(signal, subject);
      if (fixed !== undefined && seen > 0 && isRest(model, batch.inputs, fixed)) continue;
      const inputs = checkInputs(model.signature, batch.inputs);
      const size = Object.values(inputs)[0]?.shape[0] ?? 1;
      if (size === 0) continue;
      const count = fixed === undefined ? Math.min(size, limit - seen) : size;
      if (count < size) cut = firstExamples(inputs, count, size);
      seen += count;
      yield { inputs: cut ?? inputs, count, total };
    } finally {
      disposeBatch(batch);
      if (cut !== undefined) tf.dispose(cut);
    }
    if (seen >= limit) break;
  }
  if (seen > 0) return;
  fail('quantization/data', { subject, expected: 'at least one example', got: 'none' });
}

function checkCount(subject: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  fail('argument/invalid', { subject, expected: 'a whole number from 1 up', got: String(value) });
}

/** The number of examples that a model takes, where it takes no other. */
function fixedBatch({ signature }: Model): number | undefined {
  const size = signature.inputs[0]?.shape?.[0];
  return size !== undefined && size > 0 ? size : undefined;
}

/** Whether these are the last few of data in memory, fewer than the model takes. */
function isRest({ signature }: Model, inputs: ModelInputs, fixed: number): boolean {
  const key = signature.inputs[0]?.key ?? '';
  const list = inputs instanceof tf.Tensor ? [inputs] : Array.isArray(inputs) ? (inputs as tf.Tensor[]) : [];
  const first = list[0] ?? (inputs as Readonly<Record<string, tf.Tensor>>)[key];
  return first !== undefined && (first.shape[0] ?? 0) < fixed;
}
