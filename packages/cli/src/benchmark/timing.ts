import type { CollectOptions, TimingOptions } from '@tfjs-optimize/benchmark';
import { fail, type Model, type Progress } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { withTensors } from '../compare/fetch.js';
import type { Int8Kernels } from '../int8-kernels.js';
import type { BackendChoice, MeasuringOptions } from '../measuring.js';
import type { Session } from '../session.js';
import type { InputValues } from '../tensors/files.js';

/** The defaults of `measureRoofline`. */
const ROOFLINE_MS = 1000;
const ROOFLINE_WARM_UP_MS = 200;

/** Options of commands that time models. */
export interface TimingChoice {
  /** Samples of each model. */
  readonly runs?: number;
  /** Milliseconds of samples for each model. */
  readonly time?: number;
  /** Milliseconds that each model runs at least before it is timed. */
  readonly warmUp?: number;
}

/** The options of timing that the user gave. */
export function timingOf({
  runs,
  time,
  warmUp,
}: TimingChoice): Pick<TimingOptions, 'runs' | 'timeMs' | 'warmUpMs'> {
  return {
    ...(runs === undefined ? {} : { runs }),
    ...(time === undefined ? {} : { timeMs: time }),
    ...(warmUp === undefined ? {} : { warmUpMs: warmUp }),
  };
}

/** What is measured in full, how long, and where that is written. */
export interface ReportChoice extends TimingChoice {
  readonly profile: boolean;
  readonly memory: boolean;
  readonly report?: string;
  /** Weights or layers that the report draws. */
  readonly weights?: readonly string[];
  readonly overwrite?: boolean;
}

/** Options of commands that time models, on several backends and with several batch sizes. */
export interface TimedOptions extends Omit<MeasuringOptions, 'backend' | 'batch'>, ReportChoice {
  readonly backend: readonly BackendChoice[];
  /** Batch sizes; several are a sweep. */
  readonly batch?: readonly number[];
}

/** The parts of a report that the user does without, and what it draws. */
export function partsOf(
  { profile, memory, weights, ...timing }: ReportChoice,
  { modules }: Int8Kernels,
): CollectOptions {
  return {
    ...(weights === undefined ? {} : { weights }),
    ...(profile ? profilingOf(timing) : { profile: false, roofline: false }),
    memory: memory && { modules },
  };
}

/** Where the time goes, for as many calls, and what the machine reaches, for no longer than that takes by itself. */
function profilingOf({ runs, time, warmUp }: TimingChoice): Pick<CollectOptions, 'profile' | 'roofline'> {
  return {
    profile: {
      ...(runs === undefined ? {} : { calls: runs }),
      ...(warmUp === undefined ? {} : { warmUpMs: warmUp }),
    },
    roofline: {
      ...(time === undefined ? {} : { timeMs: Math.min(time, ROOFLINE_MS) }),
      ...(warmUp === undefined ? {} : { warmUpMs: Math.min(warmUp, ROOFLINE_WARM_UP_MS) }),
    },
  };
}

/** Without a report nobody would see the drawings. */
export function refuseUnseen({ report, weights }: ReportChoice): void {
  if (report !== undefined) return;
  refuseWithoutReport({ '--weights': weights });
}

/** Refuses options of a report that nobody asked for, by the name of the first that was given. */
export function refuseWithoutReport(options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  fail('argument/missing', { subject: given, expected: 'a --report that it is for', got: 'none' });
}

/** The options for what is measured in full: at the first batch size. Backends are started apart. */
export function measuringOf({ batch: [first] = [], ...options }: TimedOptions): MeasuringOptions {
  return { ...options, backend: 'auto', ...(first === undefined ? {} : { batch: first }) };
}

/** The sweep over batch sizes that the user asked for, where it was several. */
export function sweepOf({ batch: sizes = [], ...options }: TimedOptions): Pick<CollectOptions, 'batches'> {
  return sizes.length > 1 ? { batches: { sizes, ...timingOf(options) } } : {};
}

/** What long work is watched by: its steps are tasks of their own, what happens within one is not told. */
export function watchOf({ signal, progress }: Session): {
  readonly signal: AbortSignal;
  readonly progress: (event: Progress) => void;
} {
  let step: string | undefined;
  return {
    signal,
    progress: ({ task, message, ...counts }) => {
      if (task === 'report') step = message;
      progress.update({ ...counts, task: step ?? task });
    },
  };
}

/** Hands the tensors of inputs to `work`, in the order in which the model takes them. */
export function asTensors<T>(
  { signature }: Model,
  values: InputValues,
  work: (inputs: tf.Tensor[]) => Promise<T>,
): Promise<T> {
  return withTensors(values, (tensors) => work(signature.inputs.map(({ key }) => tensors[key] as tf.Tensor)));
}
