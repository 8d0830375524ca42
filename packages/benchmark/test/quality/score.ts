import * as tf from '@tensorflow/tfjs';
import { evaluate, type EvaluateOptions, type Metric } from '../../src/quality/index.js';
import type { QualityRecord } from '../../src/record/profile.js';

/** Scores predictions that are given as they are: the model hands its input on. */
export async function score(
  metrics: readonly Metric[],
  predictions: tf.TensorLike,
  labels: tf.TensorLike,
  options: EvaluateOptions = {},
): Promise<QualityRecord> {
  const xs = tf.tensor(predictions);
  const ys = tf.tensor(labels);
  try {
    return await evaluate(handOn, { xs, ys }, metrics, options);
  } finally {
    tf.dispose([xs, ys]);
  }
}

export const handOn = ([x]: tf.Tensor[]): tf.Tensor => (x as tf.Tensor).clone();

/** Rows of scores in which the given classes have the largest. */
export function scoresOf(predicted: readonly number[], classes: number): number[][] {
  return predicted.map((best) => Array.from({ length: classes }, (_, i) => (i === best ? 0.8 : 0.1)));
}
