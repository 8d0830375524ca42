import * as tf from '@tensorflow/tfjs';
import type { Model } from '../model.js';
import { trainingOf } from './trainable.js';
import type { TrainedWeights } from './variables.js';

/** What a weight's regularizer adds to the loss. */
export interface Penalty {
  readonly weight: string;
  readonly l1: number;
  readonly l2: number;
}

/** Those of the weights that are trained. */
export function penaltiesOf(model: Model, trained: readonly string[]): Penalty[] {
  return trained.flatMap((weight): Penalty[] => {
    const { l1 = 0, l2 = 0 } = trainingOf(model, weight);
    return l1 === 0 && l2 === 0 ? [] : [{ weight, l1, l2 }];
  });
}

/** What they add, term by term. */
export function penaltyTerms(penalties: readonly Penalty[], weights: TrainedWeights): tf.Scalar[] {
  return penalties.flatMap(({ weight, l1, l2 }) => {
    const values = weights.get(weight) as tf.Tensor;
    return [
      ...(l1 > 0 ? [tf.mul<tf.Scalar>(tf.sum(tf.abs(values)), l1)] : []),
      ...(l2 > 0 ? [tf.mul<tf.Scalar>(tf.sum(tf.square(values)), l2)] : []),
    ];
  });
}
