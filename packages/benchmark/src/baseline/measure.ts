import type { ModelInputs } from '@tfjs-optimize/core';
import { compare } from '../compare/index.js';
import { nameOf, type Candidate } from '../measure/candidate.js';
import type { TimingOptions } from '../measure/measure.js';
import { BASELINE_KIND, BASELINE_VERSION, type Baseline } from '../record/baseline.js';
import type { Measurement } from '../record/measurement.js';
import { referenceWork } from './reference.js';

/** Options of {@link measureBaseline}. */
export interface BaselineOptions extends TimingOptions {
  /** What the candidate is called; a function's own name or `model` unless told. */
  readonly name?: string;
}

/** The name of the reference work in records. */
export const REFERENCE = 'reference work';

/**
 * Measures a candidate for later: on the present backend, by turns with a piece of work that never changes.
 * The ratio of both times depends on the machine's speed and on what else it does far less than the times
 * themselves.
 *
 * @param inputs as `measure` takes them; they stay the caller's.
 * @throws as `compare`.
 */
export async function measureBaseline(
  candidate: Candidate,
  inputs: ModelInputs,
  { name = nameOf(candidate), ...options }: BaselineOptions = {},
): Promise<Baseline> {
  const reference = referenceWork();
  try {
    // The candidate comes first, as its own baseline: a speed-up of the reference is its time over the other's.
    const { measurements, against } = await compare(
      { [name]: candidate, [REFERENCE]: () => reference.work() },
      inputs,
      { ...options, differByDesign: true },
    );
    const [model, other] = measurements as [Measurement, Measurement];
    const [{ speedup: relative }] = against as [(typeof against)[number]];
    return {
      kind: BASELINE_KIND,
      version: BASELINE_VERSION,
      made: new Date().toISOString(),
      machine: model.machine,
      inputs: model.inputs,
      relative,
      model,
      reference: other,
    };
  } finally {
    reference.dispose();
  }
}
