import * as v from 'valibot';
import { INPUT, INTERVAL, MACHINE, MEASUREMENT } from './measurement.js';
import { list, object, text } from './shape.js';

/** Version of the form of baselines. */
export const BASELINE_VERSION = 1;
/** What the `kind` of a baseline file says. */
export const BASELINE_KIND = 'tfjs-optimize/baseline';

/** Checks a baseline: how long a model took, in units of a piece of work that is always the same. */
export const BASELINE = object({
  kind: v.literal(BASELINE_KIND),
  version: v.literal(BASELINE_VERSION),
  /** When it was measured, as ISO 8601 in UTC. */
  made: text,
  machine: MACHINE,
  inputs: list(INPUT),
  /** The model's time over that of the reference work, measured by turns. */
  relative: INTERVAL,
  /** Times of the model and of the reference work. */
  model: MEASUREMENT,
  reference: MEASUREMENT,
});
export interface Baseline extends v.InferOutput<typeof BASELINE> {}
