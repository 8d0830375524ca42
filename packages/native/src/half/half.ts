import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  checkInputs,
  checkInterleaveOptions,
  checkOptions,
  isModel,
  isOptimizeError,
  loadModel,
  optionKinds,
  savedBytes,
  type BackendName,
  type HalfFormat,
  type InterleaveOptions,
  type Model,
  type ModelInputs,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import { planOf, PRECISION_KINDS, type PrecisionOptions, type PrecisionPlan } from '../precision/plan.js';
import { reportOf, type PrecisionReport } from '../precision/report.js';
import { StoredWeights } from '../precision/stored-weights.js';
import { checkModel } from '../saved-model/check.js';
import { filesToWrite, type ModelLike } from '../saved-model/save.js';
import { compilePlanned } from '../session/compile.js';
import { measureRow, type Named } from './measure.js';
import { checkBackends, enter, holdInputs, isTensorFlow } from './places.js';
import type { HalfRow, HalfSkipped } from './row.js';
import { halfText } from './text.js';

/** What {@link float16} and {@link bfloat16} look at. */
export interface HalfOptions extends Pick<PrecisionOptions, 'keep' | 'calibration'> {
  /** Backends to measure on; all that are there unless told. `tfjs-node` stands for sessions of TensorFlow. */
  readonly backends?: readonly BackendName[] | undefined;
  /** How long and how often each pair is timed. */
  readonly timing?: Omit<InterleaveOptions, 'seed' | 'signal' | 'progress'> | undefined;
  /** Orders the rounds of timing; 0 unless told. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((event: Progress) => void) | undefined;
}

/** Bytes of all files of a model in two formats of files. */
export interface HalfBytes {
  readonly float32: number;
  readonly storage: number;
  readonly computation: number;
}

/** What 16 bits do to a model. */
export interface HalfReport {
  readonly format: HalfFormat;
  /** Bytes of SavedModels. */
  readonly savedModel: HalfBytes;
  /** Bytes of files of TensorFlow.js, which store in 16 bits and compute in float32. */
  readonly web: Omit<HalfBytes, 'computation'>;
  readonly rows: readonly HalfRow[];
  readonly skipped: readonly HalfSkipped[];
  /** What is computed in which precision, and why. */
  readonly precision: PrecisionReport;
  /** Sizes, times, differences and a verdict on each, as plain text; {@link toString} gives the same. */
  text(): string;
  toString(): string;
}

const { anything, code, group, list } = optionKinds;

/** Their ranges are looked at by {@link checkInterleaveOptions}. */
const TIMING: OptionKinds<NonNullable<HalfOptions['timing']>> = {
  warmUpMs: anything,
  maxWarmUpMs: anything,
  timeMs: anything,
  minRounds: anything,
  maxRounds: anything,
  minSampleMs: anything,
  clock: anything,
};

const KINDS: OptionKinds<HalfOptions> = {
  keep: PRECISION_KINDS.keep,
  calibration: PRECISION_KINDS.calibration,
  backends: list,
  timing: group(TIMING),
  seed: anything,
  signal: anything,
  progress: code,
};

/**
 * Tells what float16 does to a model: the size of its files, how far outputs move, and how fast it is on each backend
 * that is there, for weights stored so and, in sessions of TensorFlow, for computation in float16, too.
 *
 * @param inputs as `model.run` takes them; they stay the caller's.
 * @throws `model/input`, `native/layer`, `native/calibration`, `argument/invalid`, `argument/missing`, `aborted`, and what
 *   {@link saveSavedModel} throws. A backend that is not there is told in the report.
 */
export function float16(
  model: ModelLike,
  inputs: ModelInputs,
  options: HalfOptions = {},
): Promise<HalfReport> {
  return halfReport('float16', model, inputs, options);
}

/** As {@link float16}, in bfloat16: 8 bits of precision, and the reach of float32. */
export function bfloat16(
  model: ModelLike,
  inputs: ModelInputs,
  options: HalfOptions = {},
): Promise<HalfReport> {
  return halfReport('bfloat16', model, inputs, options);
}

/** The three ways in which a model is measured. */
interface Plans {
  readonly float32: PrecisionPlan;
  readonly storage: PrecisionPlan;
  readonly computation: PrecisionPlan;
}

async function halfReport(
  format: HalfFormat,
  given: ModelLike,
  inputs: ModelInputs,
  options: HalfOptions,
): Promise<HalfReport> {
  checkOptions<HalfOptions>(options, KINDS);
  checkInterleaveOptions({ ...options.timing, seed: options.seed ?? 0 });
  const backends = checkBackends(options.backends);
  const { keep, calibration, signal } = options;
  const model = isModel(given) ? given : await loadModel(given, { signal });
  checkModel(model);
  checkInputs(model.signature, inputs);
  await tf.ready();
  const previous = tf.getBackend();
  const plans: Plans = {
    float32: await planOf(model, {}),
    storage: await planOf(model, { keep, precision: `${format}-storage` }),
    computation: await planOf(model, { keep, calibration, precision: format }, signal),
  };
  const stored = new StoredWeights(model, plans.storage).asModel();
  const measuring = new Measuring(model, stored, plans, options);
  try {
    const measured = await measuring.all(backends, inputs);
    const bytes = (plan: PrecisionPlan): number => bytesOf(model, plan);
    const { float32, storage, computation } = plans;
    const report = {
      format,
      savedModel: { float32: bytes(float32), storage: bytes(storage), computation: bytes(computation) },
      web: { float32: savedBytes(model), storage: savedBytes(stored) },
      ...measured,
      precision: reportOf(model, computation),
    };
    const text = (): string => halfText(report);
    return { ...report, text, toString: text };
  } finally {
    stored.dispose();
    if (tf.getBackend() !== previous) await tf.setBackend(previous);
  }
}

function bytesOf(model: Model, plan: PrecisionPlan): number {
  let bytes = 0;
  for (const { pieces } of filesToWrite(model, plan, {}).files) {
    for (const piece of pieces) bytes += piece.byteLength;
  }
  return bytes;
}

class Measuring {
  private readonly rows: HalfRow[] = [];
  private readonly skipped: HalfSkipped[] = [];

  constructor(
    private readonly model: Model,
    private readonly stored: Model,
    private readonly plans: Plans,
    private readonly options: HalfOptions,
  ) {}

  async all(
    backends: readonly BackendName[],
    inputs: ModelInputs,
  ): Promise<{ readonly rows: readonly HalfRow[]; readonly skipped: readonly HalfSkipped[] }> {
    const held = await holdInputs(this.model, inputs);
    for (const name of backends) {
      if (isTensorFlow(name) && this.rows.some(({ where }) => where === 'session')) continue;
      await breathe(this.options.signal, 'half precision');
      this.options.progress?.({ task: 'half precision', message: `measuring on ${name}` });
      const entered = await enter(name);
      if ('reason' in entered) {
        this.skipped.push({ where: name, reason: entered.reason });
        continue;
      }
      const here = held.here();
      try {
        await (isTensorFlow(name) ? this.session(entered.gpu, here) : this.plain(name, entered.gpu, here));
      } catch (error) {
        if (isOptimizeError(error) && error.code === 'aborted') throw error;
        this.skipped.push({ where: name, reason: `it does not run the model: ${firstLine(error)}` });
      } finally {
        tf.dispose(here);
      }
    }
    return { rows: this.rows, skipped: this.skipped };
  }

  /** TensorFlow.js computes in float32 whatever the files hold. */
  private async plain(where: string, gpu: boolean, inputs: Named): Promise<void> {
    const own = this.model.with({});
    try {
      const head = { where, gpu, use: 'storage' } as const;
      this.rows.push(await measureRow(head, own, this.stored, inputs, this.timing()));
    } finally {
      own.dispose();
      this.stored.dispose();
    }
  }

  private async session(gpu: boolean, inputs: Named): Promise<void> {
    const { signal } = this.options;
    const float32 = await compilePlanned(this.model, this.plans.float32, { signal });
    try {
      for (const use of ['storage', 'computation'] as const) {
        const half = await compilePlanned(this.model, this.plans[use], { signal });
        try {
          const head = { where: 'session', gpu, use } as const;
          this.rows.push(await measureRow(head, float32, half, inputs, this.timing()));
        } finally {
          half.dispose();
        }
      }
    } finally {
      float32.dispose();
    }
  }

  private timing(): InterleaveOptions {
    const { timing, seed = 0, signal, progress } = this.options;
    return {
      ...timing,
      seed,
      ...(signal && { signal }),
      progress: (message, done, total) => progress?.({ task: 'half precision', message, done, total }),
    };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
