import * as tf from '@tensorflow/tfjs';
import {
  checkInterleaveOptions,
  fail,
  interleave,
  throwIfAborted,
  type InterleaveOptions,
  type ModelInputs,
  type Progress,
  type Timing,
} from '@tfjs-optimize/core';
import { describeMachine } from '../machine.js';
import type { Measurement } from '../record/measurement.js';
import { nameOf, type Candidate } from './candidate.js';
import { firstCall, requireNoneLeft } from './first-call.js';
import { kernelTimes } from './kernel-times.js';
import { measurementOf } from './measurement.js';
import { runnerOf } from './runner.js';

/** How long and how often a candidate is run; see `interleave` of the core package for the defaults. */
export interface TimingOptions extends Omit<InterleaveOptions, 'seed' | 'progress'> {
  /**
   * Samples to take, exactly so many unless `timeMs` is given too and is up before; shared out between processes, to
   * each at least two, where there are several.
   */
  readonly runs?: number;
  /** Seed of everything random; 1 unless told. */
  readonly seed?: number;
  readonly progress?: (event: Progress) => void;
}

/** Options of {@link measure}. */
export interface MeasureOptions extends TimingOptions {
  /** What the candidate is called in records; a function's own name or `model` unless told. */
  readonly name?: string;
}

/**
 * Measures how long a candidate takes on the present backend: its first call apart, then a warm-up until
 * times stop falling, then samples until a budget of time (`timeMs`) or of samples (`runs`) is used up. A
 * call counts until the values of its outputs were read. Quick candidates are called many times a sample,
 * so that neither the clock's steps nor the reading of it show. Where the backend has timers of its own
 * (WebGL and WebGPU queries), the time of kernels alone is told, too.
 *
 * @param inputs one tensor, a list in the candidate's order, or tensors by input key; they stay the caller's.
 * @throws `model/input` for inputs that do not fit, `argument/invalid` for options out of range and for
 *   functions that leave tensors behind, `model/run`, `aborted`.
 */
export async function measure(
  candidate: Candidate,
  inputs: ModelInputs = [],
  options: MeasureOptions = {},
): Promise<Measurement> {
  const { name = nameOf(candidate), signal } = options;
  const limits = interleaveOptions('measure', options);
  await tf.ready();
  const runner = runnerOf(candidate, inputs);
  throwIfAborted(signal, name);
  const { ms: firstCallMs } = await firstCall(runner, name);
  const held = tf.memory().numTensors;
  const { [name]: timing } = await interleave({ [name]: runner.call }, limits);
  requireNoneLeft(`candidate '${name}'`, held, (timing as Timing).samples.length);
  const kernel = await kernelTimes(runner, signal);
  const { inputs: records, examples } = runner;
  const machine = await describeMachine();
  return measurementOf(timing as Timing, { name, machine, inputs: records, examples, firstCallMs, kernel });
}

/**
 * Mean milliseconds of a call, over `runs` samples after a warm-up: the simple form of {@link measure}.
 * @throws as `measure` does.
 */
export async function averageInferenceTime(
  model: Candidate,
  input: ModelInputs = [],
  runs = 100,
): Promise<number> {
  return (await measure(model, input, { runs })).latency.mean;
}

/** The options as `interleave` takes them. */
export function interleaveOptions(task: string, options: TimingOptions): InterleaveOptions {
  const { runs, seed = 1, progress, ...rest } = options;
  if (runs !== undefined && !(Number.isSafeInteger(runs) && runs > 0)) {
    fail('argument/invalid', {
      subject: 'runs',
      expected: 'a whole number of at least 1',
      got: String(runs),
    });
  }
  const minRounds = options.timeMs === undefined ? runs : Math.min(10, runs ?? 10);
  const limits: InterleaveOptions = {
    ...rest,
    seed,
    ...(runs === undefined ? {} : { maxRounds: runs, minRounds: minRounds as number }),
    ...(progress && { progress: (message, done, total) => progress({ task, message, done, total }) }),
  };
  checkInterleaveOptions(limits);
  return limits;
}
