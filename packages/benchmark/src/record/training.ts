import * as v from 'valibot';
import { count, maybe, number, object, some, text } from './shape.js';

/** What each epoch of a training gave, as `fit` and `distill` tell it. */
export const TRAINING = some(
  object({
    /** From 0 on. */
    epoch: count,
    /** `loss` and metrics by name, `validation/…` on data that were not trained on. */
    numbers: v.pipe(v.record(text, number), v.readonly()),
    /** Steps done since the beginning. */
    steps: count,
    /** Of the last step. */
    learningRate: maybe(number),
  }),
);
export type TrainingRecord = v.InferOutput<typeof TRAINING>;
