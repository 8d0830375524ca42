import * as tf from '@tensorflow/tfjs';
import type { Model } from '../model.js';
import { breathe } from '../breathe.js';
import { fail } from '../errors.js';
import { disposeBatch, sourceOf, type TrainingData } from './data.js';
import type { Objective } from './goals.js';
import { Trainer } from './trainer.js';

/** Options of {@link weightGradients}. */
export interface WeightGradientsOptions extends Objective {
  readonly data: TrainingData;
  /** Examples at once; 256 unless told. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/**
 * What the loss changes by each weight: its gradient, mean over the examples of data, with the model in the form of
 * inference. The model stays as it is.
 * @returns numbers by the name of the weight, in its layout.
 * @throws `train/…` as `fit` does, `aborted`.
 */
export async function weightGradients(
  model: Model,
  { data, batchSize = 256, signal, ...objective }: WeightGradientsOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const source = sourceOf(data);
  const trainer = new Trainer(model, objective, { trainsBatchNorm: false });
  const sums = new Map<string, Float32Array>();
  let total = 0;
  try {
    for await (const batch of source.batches(0, { batchSize })) {
      try {
        const { gradients, examples, statistics } = await trainer.pull(
          batch,
          { step: 0, steps: 1 },
          undefined,
        );
        total += examples;
        tf.dispose([...statistics]);
        try {
          for (const [variable, gradient] of Object.entries(gradients))
            await addTo(sums, trainer.weights.nameOf(variable), gradient, examples);
        } finally {
          tf.dispose(gradients);
        }
      } finally {
        disposeBatch(batch);
      }
      await breathe(signal, 'computing gradients');
    }
  } finally {
    trainer.dispose();
  }
  if (total === 0) fail('train/data', { subject: 'data', expected: 'at least one batch', got: 'none' });
  return new Map([...sums].map(([name, sum]) => [name, sum.map((value) => value / total)]));
}

async function addTo(
  sums: Map<string, Float32Array>,
  name: string,
  gradient: tf.Tensor,
  examples: number,
): Promise<void> {
  const values = (await gradient.data()) as Float32Array;
  const sum = sums.get(name) ?? new Float32Array(values.length);
  values.forEach((value, i) => (sum[i] = (sum[i] as number) + value * examples));
  sums.set(name, sum);
}
