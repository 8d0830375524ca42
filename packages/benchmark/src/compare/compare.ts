import * as tf from '@tensorflow/tfjs';
import {
  backend as backends,
  fail,
  throwIfAborted,
  type BackendName,
  type InterleaveOptions,
  type ModelInputs,
} from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import type { TimingOptions } from '../measure/measure.js';
import type { Comparison } from '../record/measurement.js';
import { comparisonLimits, compareSides, requirePositive } from './compare-sides.js';
import { isLocation, open, type Location } from './location.js';
import { compareInProcesses } from './processes.js';
import { localSide, type Side } from './side.js';
import { requireSameSignatures } from './signatures.js';

/** Options of {@link compare}. */
export interface CompareOptions extends TimingOptions {
  /**
   * Largest difference of an output, as a share of the largest magnitude in the baseline's, that counts as
   * computing the same; 3.8e-4 unless told, which is what the roundings of 100 layers with sums of 4096
   * terms come to. Strings must be equal, NaN equals nothing.
   */
  readonly tolerance?: number;
  /** Compares candidates that compute different things, and tells by how much. */
  readonly differByDesign?: boolean;
  /**
   * Runs each candidate in a fresh process of its own, so that none finds caches, memory or compiled code
   * of another, and does so {@link processes} times. Node only. Functions have to be given as
   * `{module, export}`.
   */
  readonly isolate?: boolean;
  /**
   * Fresh processes for each candidate, one after the other, at least 2 and 5 unless told. Two processes of
   * the very same program differ by a percent or more, which only several can tell; the interval is over
   * them (see core's `ratioOverRuns`). Rounds and time are shared out between them, warm-ups are not.
   */
  readonly processes?: number;
  /** Backend to run on; the present one unless told, which is in use again afterwards. */
  readonly backend?: BackendName;
  /** Time in ms after which a process that does not answer counts as hanging; 120 000 unless told. */
  readonly answerMs?: number;
  /**
   * Modules that each process of {@link isolate} imports before it opens its candidate, such as kernels: paths, URLs or
   * names of installed packages.
   */
  readonly modules?: readonly string[];
}

/**
 * Candidates by name: models, functions, or where they are. The first is the baseline; a name that is a number
 * is refused, since JavaScript would sort it.
 */
export type Candidates = Readonly<Record<string, Candidate | Location>>;

/**
 * Times candidates against each other; the first is the baseline. First checks that all take the same
 * inputs and compute the same outputs. Then warms each up by itself and runs all by turns, in an order drawn
 * anew for every round, so that what else the machine does disturbs all alike. A speed-up is the baseline's
 * median time over the candidate's, with its 95 % interval (see core's `ratioOfMedians`); it counts as no
 * difference when the interval holds 1.
 *
 * @param inputs one tensor, a list in the candidates' order, or tensors by input key; they stay the caller's.
 * @throws `compare/signature`, `compare/outputs`, `compare/child`, `model/input`, `argument/invalid`,
 *   `argument/missing`, `aborted`, and what loading a model throws.
 */
export async function compare(
  candidates: Candidates,
  inputs: ModelInputs = [],
  options: CompareOptions = {},
): Promise<Comparison> {
  const limits = checkOptions(candidates, options);
  const { signal, isolate = false, backend } = options;
  await tf.ready();
  throwIfAborted(signal, 'compare');
  const byKey = !(inputs instanceof tf.Tensor || Array.isArray(inputs));
  const withSides = async (sides: readonly Side[], work: () => Promise<Comparison>): Promise<Comparison> => {
    try {
      requireSameSignatures(sides, byKey);
      return await work();
    } finally {
      await Promise.all(sides.map((side) => side.close()));
    }
  };
  if (isolate) return compareInProcesses(candidates, inputs, limits, options, withSides);
  return onBackend(backend, async () => {
    const sides = await localSides(candidates, inputs, options);
    return withSides(sides, () => compareSides(sides, limits, options));
  });
}

/** Works on a backend, and goes back to the one before. */
async function onBackend<T>(name: BackendName | undefined, work: () => Promise<T>): Promise<T> {
  if (name === undefined) return work();
  const previous = tf.getBackend();
  await backends.use(name);
  try {
    return await work();
  } finally {
    await tf.setBackend(previous);
  }
}

async function localSides(
  candidates: Candidates,
  inputs: ModelInputs,
  { signal, clock }: CompareOptions,
): Promise<Side[]> {
  const sides: Side[] = [];
  try {
    for (const [name, given] of Object.entries(candidates)) {
      const { candidate, dispose } = isLocation(given)
        ? await open(given, signal)
        : { candidate: given, dispose: () => {} };
      sides.push(localSide(name, candidate, inputs, { signal, clock, dispose }));
    }
    return sides;
  } catch (error) {
    for (const side of sides) await side.close();
    throw error;
  }
}

/**
 * Refuses names that are numbers.
 * @throws `argument/invalid`.
 */
export function refuseNumbers(names: readonly string[]): void {
  const numeric = names.find((name) => /^\d+$/.test(name));
  if (numeric === undefined) return;
  fail('argument/invalid', {
    subject: `candidate '${numeric}'`,
    expected: 'a name that is no number',
    got: `'${numeric}', which JavaScript would sort`,
    advice: 'The first candidate is the baseline, so their order matters: call it something else',
  });
}

function checkOptions(candidates: Candidates, options: CompareOptions): InterleaveOptions {
  const names = Object.keys(candidates);
  if (names.length < 2) {
    fail('argument/missing', {
      subject: 'compare',
      expected: 'at least two candidates',
      got: names.length === 0 ? 'none' : `one, '${names[0]}'`,
    });
  }
  refuseNumbers(names);
  requirePositive('answerMs', options.answerMs);
  const { processes = 2 } = options;
  if (!Number.isSafeInteger(processes) || processes < 2) {
    fail('argument/invalid', {
      subject: 'processes',
      expected: 'a whole number of at least 2',
      got: String(processes),
    });
  }
  return comparisonLimits('compare', options);
}
