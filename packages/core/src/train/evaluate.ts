import type * as tf from '@tensorflow/tfjs';
import type { Model } from '../model.js';
import { breathe } from '../breathe.js';
import { fail } from '../errors.js';
import { disposeBatch, sourceOf, type DataReader, type TrainingData } from './data.js';
import { Means } from './metrics.js';
import { eitherModel, type LayersOptions } from './either-model.js';
import type { Moment, Objective } from './goals.js';
import { checkOptions, EVALUATE_OPTIONS } from './options-check.js';
import { Trainer } from './trainer.js';

/** Options of {@link evaluateModel}. */
export interface EvaluateOptions extends Objective, LayersOptions {
  readonly data: TrainingData;
  /** Examples at once; 256 unless told. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/**
 * Loss and metrics of a model over data, in the form of inference; a layers model stays as it is.
 * @returns means over examples by name, `loss` among them.
 */
export async function evaluateModel(
  model: Model | tf.LayersModel,
  options: EvaluateOptions,
): Promise<Record<string, number>> {
  checkOptions(options, EVALUATE_OPTIONS, ['loss']);
  const { data, batchSize = 256, signal } = options;
  const source = sourceOf(data);
  const trainer = new Trainer(eitherModel(model, options).model, options, { trainsBatchNorm: false });
  try {
    return await measureAll(trainer, source, { batchSize, subject: 'data', signal }, { step: 0, steps: 1 });
  } finally {
    trainer.dispose();
  }
}

/** How data are measured on. */
export interface MeasureOptions {
  readonly batchSize: number;
  /** What the data are in messages. */
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
}

/** Means of loss and metrics over all batches of data. */
export async function measureAll(
  trainer: Trainer,
  source: DataReader,
  { batchSize, subject, signal }: MeasureOptions,
  moment: Moment,
): Promise<Record<string, number>> {
  const means = new Means();
  for await (const batch of source.batches(0, { batchSize })) {
    try {
      const { numbers, examples } = await trainer.measure(batch, moment);
      means.add(numbers, examples);
    } finally {
      disposeBatch(batch);
    }
    await breathe(signal, 'evaluating');
  }
  const { values } = means;
  if (!('loss' in values)) {
    fail('train/data', { subject, expected: 'at least one batch', got: 'none' });
  }
  return values;
}
