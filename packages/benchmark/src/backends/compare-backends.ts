import * as tf from '@tensorflow/tfjs';
import {
  backend,
  BACKEND_NAMES,
  breathe,
  fail,
  isModel,
  localSampler,
  type BackendName,
  type Backends,
  type ModelInputs,
} from '@tfjs-optimize/core';
import { compareSides, comparisonLimits, type ComparedSide } from '../compare/compare-sides.js';
import { packInputs, unpackInputs, type WireInputs } from '../compare/wire.js';
import { describeMachine } from '../machine.js';
import type { Candidate } from '../measure/candidate.js';
import { firstCall, type FirstCall } from '../measure/first-call.js';
import { kernelTimes } from '../measure/kernel-times.js';
import type { TimingOptions } from '../measure/measure.js';
import { namedInputs, runnerOf } from '../measure/runner.js';
import type { Comparison } from '../record/measurement.js';
import type { BackendTrialRecord } from '../record/profile.js';

/** Options of {@link compareBackends}. */
export interface CompareBackendsOptions extends TimingOptions {
  /**
   * Backends to try, the first that runs being the baseline. All that this project knows unless told:
   * tfjs-node-gpu, tfjs-node, webgpu, webgl, wasm, cpu.
   */
  readonly backends?: readonly BackendName[];
}

/** One model on several backends. */
export interface BackendComparison {
  /** What was tried, in order, and why what is not there is not. */
  readonly trials: readonly BackendTrialRecord[];
  /**
   * Times on the backends that ran, each held against the first of them, and how far outputs lie apart:
   * backends round in different orders, and graphics processors may compute with fewer digits.
   */
  readonly comparison: Comparison;
}

/**
 * Runs one model on each backend that is installed: by turns, in an order drawn anew for each round, so that
 * what else the machine does disturbs all alike. After each change of backend one call goes by untimed, which
 * brings inputs and weights there and fills caches. A backend that is not installed, does not start or
 * cannot run the model is told with the reason, and the others go on. The backend that was in use before is in
 * use again afterwards, whatever happens.
 *
 * @param inputs as `runnerOf` takes them; they stay the caller's.
 * @throws `backend/failed` where none runs the model; `model/input`, `argument/invalid`, `argument/missing`,
 *   `aborted`.
 */
export function compareBackends(
  candidate: Candidate,
  inputs: ModelInputs,
  options: CompareBackendsOptions = {},
): Promise<BackendComparison> {
  return compareBackendsOf(backend, candidate, inputs, options);
}

/** {@link compareBackends} for backends found in given surroundings. */
export async function compareBackendsOf(
  found: Pick<Backends, 'attempt'>,
  candidate: Candidate,
  inputs: ModelInputs,
  options: CompareBackendsOptions,
): Promise<BackendComparison> {
  const { backends = BACKEND_NAMES, ...timing } = options;
  const names = checkNames(backends);
  const limits = comparisonLimits('backends', timing);
  namedInputs(candidate, inputs);
  await tf.ready();
  const previous = tf.getBackend();
  const sent = await packInputs(inputs);
  const trials: BackendTrialRecord[] = [];
  const sides: BackendSide[] = [];
  try {
    for (const name of names) {
      await breathe(options.signal, 'trying backends');
      options.progress?.({ task: 'backends', message: `trying ${name}` });
      const { trial, side } = await tryBackend(name, found, candidate, sent, { ...options, trials });
      trials.push(trial);
      if (side !== undefined) sides.push(side);
    }
    if (sides.length === 0) refuse(trials);
    return { trials, comparison: await compareSides(sides, limits, { differByDesign: true }) };
  } finally {
    for (const side of sides) side.dispose();
    if (tf.getBackend() !== previous) await tf.setBackend(previous);
  }
}

function checkNames(backends: readonly BackendName[]): BackendName[] {
  if (backends.length === 0) {
    fail('argument/missing', { subject: 'backends', expected: 'at least one', got: 'none' });
  }
  const unknown = backends.find((name) => !BACKEND_NAMES.includes(name));
  if (unknown !== undefined) {
    fail('argument/invalid', {
      subject: 'backends',
      expected: BACKEND_NAMES.join(', '),
      got: `'${unknown as string}'`,
    });
  }
  return [...new Set(backends)];
}

function refuse(trials: readonly BackendTrialRecord[]): never {
  return fail('backend/failed', {
    subject: 'backends',
    expected: 'one that runs the model',
    got: trials.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
  });
}

/** Both register as TensorFlow.js' `tensorflow`, so that a process can hold one of them. */
const TENSORFLOW: readonly BackendName[] = ['tfjs-node-gpu', 'tfjs-node'];

interface Tried {
  readonly trial: BackendTrialRecord;
  /** Absent where it was not to be had. */
  readonly side?: BackendSide;
}

interface TryOptions extends CompareBackendsOptions {
  /** What was tried before. */
  readonly trials: readonly BackendTrialRecord[];
}

async function tryBackend(
  name: BackendName,
  found: Pick<Backends, 'attempt'>,
  candidate: Candidate,
  sent: WireInputs,
  { trials, ...options }: TryOptions,
): Promise<Tried> {
  const rival = trials.find((trial) => isTensorFlow(trial.name) && trial.outcome !== 'missing');
  if (isTensorFlow(name) && rival !== undefined) {
    const reason = `${rival.name} was loaded, and a process can hold only one of the two`;
    return { trial: { name, gpu: name === 'tfjs-node-gpu', outcome: 'failed', reason } };
  }
  const { outcome, reason, gpu } = await found.attempt(name);
  if (outcome !== 'used') return { trial: { name, gpu, outcome, reason } };
  const side = sideHere(name, candidate, sent, options);
  try {
    await side.firstCall();
  } catch (error) {
    side.dispose();
    const why = `it does not run the model: ${messageOf(error)}`;
    return { trial: { name, gpu, outcome: 'failed', reason: why } };
  }
  return { side, trial: { name, gpu, outcome: 'measured', ...(gpu ? {} : fallback(name, reason)) } };
}

/** What a backend that looks for a graphics processor ran on when there was none. */
function fallback(name: BackendName, reason: string): { reason?: string } {
  if (name === 'tfjs-node-gpu') return { reason: 'it found no GPU that it can use, and ran on the CPU' };
  return name === 'webgpu' ? { reason } : {};
}

function isTensorFlow(name: string): boolean {
  return TENSORFLOW.some((each) => each === name);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}

/** A candidate on one backend. */
interface BackendSide extends ComparedSide {
  dispose(): void;
}

/** A candidate on the backend that is in use now, with inputs of its own there. */
function sideHere(
  name: BackendName,
  candidate: Candidate,
  sent: WireInputs,
  { clock, signal }: Pick<TimingOptions, 'clock' | 'signal'>,
): BackendSide {
  const registered = tf.getBackend();
  const inputs = unpackInputs(sent);
  // A model of its own keeps its weights on this backend; those of other candidates move to and fro.
  const own = isModel(candidate) ? candidate.with({}) : candidate;
  const runner = runnerOf(own, inputs);
  const local = localSampler(runner.call, clock);
  let first: Promise<FirstCall> | undefined;
  const enter = async (): Promise<void> => {
    if (tf.getBackend() === registered) return;
    await tf.setBackend(registered);
    await runner.call();
  };
  const here =
    <A extends unknown[], T>(work: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      await enter();
      return work(...given);
    };
  return {
    name,
    prepare: here(async () => {
      const { inputs: records, examples } = runner;
      return { machine: await describeMachine(), inputs: records, examples };
    }),
    firstCall: () => (first ??= firstCall(runner, name)),
    sampler: { warmUp: here(local.warmUp), sample: here(local.sample) },
    kernelTimes: here(() => kernelTimes(runner, signal)),
    dispose() {
      if (isModel(own)) own.dispose();
      for (const input of Object.values(inputs as Readonly<Record<string, tf.Tensor>>)) input.dispose();
    },
  };
}
