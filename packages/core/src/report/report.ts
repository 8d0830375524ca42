import * as tf from '@tensorflow/tfjs';
import { backend as chosen } from '../backend/index.js';
import { breathe } from '../breathe.js';
import { fail } from '../errors.js';
import type { InterleaveOptions } from '../measure/interleave.js';
import type { Interval } from '../measure/ratio.js';
import type { Model, ModelInputs } from '../model.js';
import type { Evaluate, Progress } from '../pass.js';
import { compareOutputs, type OutputsDifference } from './difference.js';
import { figuresOf, type Figures } from './figures.js';
import { compareLatency } from './latency.js';

/** What {@link makeReport} measures beside sizes. */
export interface ReportOptions {
  /** Inputs as `model.run` takes them, for arithmetic, output difference and latency. */
  readonly sample?: ModelInputs;
  /** Score of a model, higher is better. */
  readonly evaluate?: Evaluate;
  /** What the score is called, `metric` unless told. */
  readonly metricName?: string;
  /** Time both models on the sample; not timed unless told. */
  readonly latency?: boolean | Omit<InterleaveOptions, 'seed' | 'signal' | 'progress'>;
  /** Orders the rounds of timing; 0 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** A model before and after, as plain JSON. What was not measured is absent. */
export interface Report {
  readonly version: 1;
  readonly before: Figures;
  readonly after: Figures;
  readonly difference?: OutputsDifference;
  /** How many times faster the model after is, with its 95 % interval. */
  readonly speedup?: Interval;
  readonly metricName?: string;
  readonly backend: ReportBackend;
  readonly seed: number;
}

/** The backend on which the report was made, and why others were passed over. */
export interface ReportBackend {
  /** Name by which TensorFlow.js knows it. */
  readonly name: string;
  readonly tfjs: string;
  /** Backends tried before and this one, where `backend.use` chose it. */
  readonly attempts: readonly { readonly name: string; readonly outcome: string; readonly reason: string }[];
}

/**
 * Measures a model before and after on the present backend.
 *
 * @throws `argument/missing` where latency is asked for without a sample, `model/input` for a sample
 *   that does not fit, `model/structure` where the models' outputs cannot be compared, `aborted`.
 */
export async function makeReport(before: Model, after: Model, options: ReportOptions = {}): Promise<Report> {
  const { sample, evaluate, seed = 0, signal } = options;
  const watch = signal === undefined ? {} : { signal };
  const step = async (message: string): Promise<void> => {
    await breathe(signal, 'report');
    options.progress?.({ task: 'report', message });
  };
  await tf.ready();
  await step('counting');
  const counted = {
    before: await figuresOf(before, sample, watch),
    after: await figuresOf(after, sample, watch),
  };
  await step('comparing outputs');
  const difference = sample === undefined ? undefined : await compareOutputs(before, after, sample);
  await step('evaluating');
  const metric = evaluate && { before: await evaluate(before), after: await evaluate(after) };
  await step('timing');
  const latency = await timed(before, after, options);
  return {
    version: 1,
    before: {
      ...counted.before,
      ...(metric && { metric: metric.before }),
      ...(latency && { latency: latency.before }),
    },
    after: {
      ...counted.after,
      ...(metric && { metric: metric.after }),
      ...(latency && { latency: latency.after }),
    },
    ...(difference && { difference }),
    ...(latency && { speedup: latency.speedup }),
    ...(metric && { metricName: options.metricName ?? 'metric' }),
    backend: backendNow(),
    seed,
  };
}

function timed(
  before: Model,
  after: Model,
  options: ReportOptions,
): ReturnType<typeof compareLatency> | undefined {
  const { latency, sample, seed = 0, signal, progress } = options;
  if (latency === undefined || latency === false) return undefined;
  if (sample === undefined) {
    fail('argument/missing', {
      subject: 'report',
      expected: 'a sample to time the models on',
      got: 'none',
      advice: 'Give inputs as {sample}, or leave latency out',
    });
  }
  return compareLatency(before, after, sample, {
    ...(latency === true ? {} : latency),
    seed,
    ...(signal === undefined ? {} : { signal }),
    progress: (message, done, total) => progress?.({ task: 'report', message, done, total }),
  });
}

function backendNow(): ReportBackend {
  const attempts = chosen.report()?.attempts ?? [];
  return {
    name: tf.getBackend(),
    tfjs: tf.version_core,
    attempts: attempts.map(({ name, outcome, reason }) => ({ name, outcome, reason })),
  };
}
