import { fileBeside, type BackendName, type ModelInputs } from '@tfjs-optimize/core';
import { compare, type Location } from '../compare/index.js';
import { requireNode } from '../compare/isolated-side.js';
import { nameOf, type Candidate } from '../measure/candidate.js';
import type { TimingOptions } from '../measure/measure.js';
import { BASELINE_KIND, BASELINE_VERSION, type Baseline } from '../record/baseline.js';
import type { Measurement } from '../record/measurement.js';
import { referenceWork } from './reference.js';

/** Options of {@link measureBaseline}. */
export interface BaselineOptions extends Omit<TimingOptions, 'clock'> {
  /** What the candidate is called; a function's own name or `model` unless told. */
  readonly name?: string;
  /** Pairs of fresh processes, at least 2 and 5 unless told: the more, the smaller slowdowns are seen. */
  readonly processes?: number;
  /** Backend to run on; the present one unless told. */
  readonly backend?: BackendName;
  /** Time in ms after which a process that does not answer counts as hanging; 120 000 unless told. */
  readonly answerMs?: number;
  /**
   * Modules that each process imports before it opens its candidate, such as kernels: paths, URLs or names of installed
   * packages.
   */
  readonly modules?: readonly string[];
}

/** The name of the reference work in records. */
const REFERENCE = 'reference work';

/**
 * Measures a candidate for later: by turns with a piece of work that never changes, whose time tells how fast
 * the machine is at the moment, and several times over in fresh processes, since two processes of the very
 * same program differ by some percent. Node only.
 *
 * @param candidate a model, or where one is; a function as `{module, export}`.
 * @param inputs as `measure` takes them; they stay the caller's.
 * @throws as `compare` with `isolate`.
 */
export async function measureBaseline(
  candidate: Candidate | Location,
  inputs: ModelInputs,
  { name = nameOf(candidate), ...options }: BaselineOptions = {},
): Promise<Baseline> {
  requireNode('measureBaseline');
  const reference = { module: await fileBeside('reference'), export: referenceWork.name };
  const found = await compare({ [REFERENCE]: reference, [name]: candidate }, inputs, {
    ...options,
    isolate: true,
    differByDesign: true,
  });
  const [ofReference, ofModel] = found.measurements as readonly [Measurement, Measurement];
  return {
    kind: BASELINE_KIND,
    version: BASELINE_VERSION,
    made: new Date().toISOString(),
    ratios: found.against.flatMap(({ speedups = [] }) => speedups.map((speedup) => 1 / speedup)),
    model: ofModel,
    reference: ofReference,
  };
}
