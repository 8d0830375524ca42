import * as tf from '@tensorflow/tfjs';
import { fail, localSampler, throwIfAborted, type Clock, type ModelInputs } from '@tfjs-optimize/core';
import { compareSides, comparisonLimits, type ComparedSide } from '../compare/compare-sides.js';
import { describeMachine } from '../machine.js';
import type { Candidate } from '../measure/candidate.js';
import { firstCall } from '../measure/first-call.js';
import type { TimingOptions } from '../measure/measure.js';
import { runnerOf, type Runner } from '../measure/runner.js';
import { localSide } from '../compare/side.js';
import type { Comparison } from '../record/measurement.js';
import { examplesOf, type Batch, type Examples } from './examples.js';
import { joinRows } from './same-rows.js';

/** Options of {@link singleAgainstBatch}. */
export interface SingleAgainstBatchOptions extends TimingOptions {
  /** Examples in the batch, and single calls that it is held against; at least 2, 64 unless told. */
  readonly batch?: number;
  /** Largest difference of an output that counts as the same; see `compare`. */
  readonly tolerance?: number;
}

/**
 * Times so many single calls, one after the other, each waited for, against one call on a batch of the same
 * examples. Both are run by turns, after a check that they give the same outputs. The baseline are the single
 * calls; both sides count as many examples a call, so that throughputs compare, too.
 *
 * @param sample one example (a first axis of 1), or several, which are taken by turns. They stay the caller's.
 * @throws `batch/axis` for what has no axis of examples, or one of fixed size; `compare/outputs` where the
 *   batch gives other values, as `compare`.
 */
export async function singleAgainstBatch(
  candidate: Candidate,
  sample: ModelInputs,
  options: SingleAgainstBatchOptions = {},
): Promise<Comparison> {
  const { batch = 64, tolerance, ...timing } = options;
  requireBatch(batch);
  const limits = comparisonLimits('single against batch', {
    ...timing,
    ...(tolerance !== undefined && { tolerance }),
  });
  await tf.ready();
  throwIfAborted(options.signal, 'single against batch');
  const examples = examplesOf(candidate, sample);
  requireOpen(examples, batch);
  const made: Batch[] = [];
  const take = (size: number, first: number): ModelInputs => {
    const taken = examples.batch(size, first);
    made.push(taken);
    return taken.inputs;
  };
  try {
    const different = Math.min(batch, examples.count);
    const runners = Array.from({ length: different }, (_, i) => runnerOf(candidate, take(1, i)));
    const singles = singleCalls(`${batch} single calls`, runners, batch, options.clock);
    const whole = localSide(`one batch of ${batch}`, candidate, take(batch, 0), options);
    return await compareSides([singles, whole], limits, tolerance === undefined ? {} : { tolerance });
  } finally {
    for (const each of made) each.dispose();
  }
}

function requireBatch(batch: number): void {
  if (Number.isSafeInteger(batch) && batch >= 2) return;
  fail('argument/invalid', {
    subject: 'batch',
    expected: 'a whole number of at least 2',
    got: String(batch),
  });
}

function requireOpen({ fixed }: Examples, batch: number): void {
  if (fixed === undefined) return;
  fail('batch/axis', {
    subject: `input '${fixed.key}'`,
    expected: `any number of examples, to take 1 and ${batch}`,
    got: `a model for ${fixed.size} at a time`,
  });
}

/** A side that calls for one example after the other. */
function singleCalls(
  name: string,
  runners: readonly Runner[],
  count: number,
  clock: Clock | undefined,
): ComparedSide {
  const turns = Array.from({ length: count }, (_, i) => runners[i % runners.length] as Runner);
  const later = async (from: number): Promise<void> => {
    for (const runner of turns.slice(from)) await runner.call();
  };
  const call = (): void | Promise<void> => {
    for (const [i, runner] of turns.entries()) {
      const result = runner.call();
      // Where one has to be waited for, so have the others.
      if (result instanceof Promise) return result.then(() => later(i + 1));
    }
  };
  const outputs = async () => {
    const singles = [];
    for (const runner of turns) singles.push(await runner.outputs());
    return joinRows(singles);
  };
  return {
    name,
    async prepare() {
      const inputs = runners[0]?.inputs ?? [];
      return { machine: await describeMachine(), inputs, examples: count };
    },
    firstCall: () => firstCall({ call, outputs }, name),
    sampler: localSampler(call, clock),
    // Timers of a backend tell of one call, not of the gaps between several.
    kernelTimes: () => Promise.resolve(undefined),
  };
}
