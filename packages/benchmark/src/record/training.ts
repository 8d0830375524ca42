import * as v from 'valibot';
import { count, maybe, number, object, text } from './shape.js';

/** What an epoch of a training gave, as `fit` and `distill` tell it. */
export const TRAINING_EPOCH = object({
  /** From 0 on. */
  epoch: count,
  /** `loss` and metrics by name, `validation/…` on data that were not trained on. */
  numbers: v.pipe(v.record(text, number), v.readonly()),
  /** Steps done since the beginning. */
  steps: count,
  /** Of the last step. */
  learningRate: maybe(number),
});
export interface TrainingEpoch extends v.InferOutput<typeof TRAINING_EPOCH> {}
