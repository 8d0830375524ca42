import * as v from 'valibot';
import { MEASUREMENT } from './measurement.js';
import { object, ratio, text } from './shape.js';

/** Version of the form of baselines. */
export const BASELINE_VERSION = 1;
/** What the `kind` of a baseline file says. */
export const BASELINE_KIND = 'tfjs-optimize/baseline';

/** Checks a baseline: how long a model took, held against a piece of work that is always the same. */
export const BASELINE = object({
  kind: v.literal(BASELINE_KIND),
  version: v.literal(BASELINE_VERSION),
  /** When it was measured, as ISO 8601 in UTC. */
  made: text,
  /**
   * The model's median time over that of the reference work, one for each pair of processes: what two
   * measurements of different days are compared by.
   */
  ratios: v.pipe(v.array(ratio), v.minLength(2), v.readonly()),
  /** Times of the model and of the reference work, with machine and inputs; samples of all processes. */
  model: MEASUREMENT,
  reference: MEASUREMENT,
});
export interface Baseline extends v.InferOutput<typeof BASELINE> {}
