import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  fail,
  isOptimizeError,
  type EpochRecord,
  type ModelInputs,
  type Note,
  type Progress,
  type Recipe,
} from '@tfjs-optimize/core';
import { compareBackends, type CompareBackendsOptions } from '../backends/index.js';
import { sweepBatches, type SweepOptions } from '../batch/index.js';
import { refuseNumbers } from '../compare/compare.js';
import { compare, type CompareOptions } from '../compare/index.js';
import { chooseWeights } from '../cost/chosen.js';
import {
  costByLayer,
  layerLimits,
  measureRoofline,
  sparsityMaps,
  weightHistograms,
  type RooflineOptions,
} from '../cost/index.js';
import { describeMachine } from '../machine.js';
import { measure } from '../measure/index.js';
import { measureMemory, type MemoryOptions } from '../memory/index.js';
import { profile, type ProfileOptions } from '../profile/index.js';
import { evaluate, type EvaluateOptions, type EvaluationData, type Metric } from '../quality/index.js';
import type { RooflineRecord } from '../record/cost.js';
import type { Comparison, Measurement } from '../record/measurement.js';
import type { ProfileRecord } from '../record/profile.js';
import { REPORT_KIND, REPORT_VERSION, type ReportModel, type ReportRecord } from '../record/report.js';
import { withModel, type ModelLike } from '../with-model.js';
import { sensitivityParts, type SensitivityGiven } from './sensitivity.js';

/** Options that all parts share, given once. */
type Shared = 'seed' | 'signal' | 'progress';

/** What {@link collectReport} measures. Parts are measured unless they are `false`; objects set them up. */
export interface CollectOptions {
  /** What the report is called; the models' names unless told. */
  readonly title?: string;
  /** Latency: of several models by turns, as `compare` does, so that speed-ups have intervals. */
  readonly timing?: false | Omit<CompareOptions, Shared>;
  /** Time by node, op and layer. Left out, which a remark says, where the backend has no timers for it. */
  readonly profile?: false | Omit<ProfileOptions, Shared>;
  /** What the machine reaches, against which layers are held. Needs the profile. */
  readonly roofline?: false | Omit<RooflineOptions, Shared>;
  readonly memory?: false | Omit<MemoryOptions, Shared>;
  /** Names of weights or layers to draw; the 6 largest of each model unless told. */
  readonly weights?: false | readonly string[];
  /** Scores on labelled examples; none unless given. */
  readonly quality?: QualityOptions;
  /** Batch sizes, tried with every model; none unless given. */
  readonly batches?: Omit<SweepOptions, Shared>;
  /** Backends, tried with the last model; none unless given. */
  readonly backends?: Omit<CompareBackendsOptions, Shared>;
  /** What each epoch of their training gave, by the models' names: the `history` of `fit` and `distill`. */
  readonly training?: Readonly<Record<string, readonly EpochRecord[]>>;
  /**
   * How their layers take being quantized or pruned, by the models' names: what `sensitivity` of quantization or of
   * pruning gives, or several of these.
   */
  readonly sensitivity?: Readonly<Record<string, SensitivityGiven>>;
  /** The run of passes that made the last model of the first. */
  readonly recipe?: Recipe;
  /** What the passes noted. */
  readonly notes?: readonly Note[];
  /** What else a reader should know of how it is measured, such as where the inputs come from: sentences. */
  readonly remarks?: readonly string[];
  /**
   * Paths of models' files, by the models' names, for those that TensorFlow.js loaded itself: their sizes are counted
   * instead of those of the files that saving would make.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** Seed of everything random; 1 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** How models are scored. */
export interface QualityOptions extends Omit<EvaluateOptions, Shared> {
  /** Labelled examples, or what gives them anew for every model: a generator can be read once. */
  readonly data: EvaluationData | (() => EvaluationData);
  readonly metrics: readonly Metric[];
}

/** Weights of each model that are drawn unless told. */
export const MOST_WEIGHTS = 6;

/**
 * Measures models on the present backend and puts everything into one report. The first model is the one
 * that others are held against. Nothing that others do at the same time must share the machine.
 *
 * @param models by name, at least one: functions have no layers to tell of, so they cannot be in a report.
 * @param inputs as `model.run` takes them; they stay the caller's.
 * @throws `argument/missing` without models, and what `compare`, `measure`, `costByLayer`, `profile`,
 *   `measureMemory`, `measureRoofline`, `evaluate`, `sweepBatches` and `compareBackends` throw.
 */
export async function collectReport(
  models: Readonly<Record<string, ModelLike>>,
  inputs: ModelInputs,
  options: CollectOptions = {},
): Promise<ReportRecord> {
  const entries = Object.entries(models);
  if (entries.length === 0) {
    fail('argument/missing', { subject: 'report', expected: 'at least one model', got: 'none' });
  }
  refuseNumbers(Object.keys(models));
  refuseStrangers(models, 'files', options.files);
  refuseStrangers(models, 'training', options.training);
  refuseStrangers(models, 'sensitivity', options.sensitivity);
  refuseForOne(entries.length, options.timing);
  const { title = entries.map(([name]) => name).join(' and '), recipe, notes } = options;
  const remarks = [...(options.remarks ?? [])];
  await tf.ready();
  const times = await timesOf(models, inputs, options);
  const roofline = await rooflineOf(options);
  const parts: ReportModel[] = [];
  for (const [name, model] of entries) {
    const subject = { name, model, inputs, roofline, remarks };
    parts.push(await modelPart(subject, times.measurements.get(name), options));
  }
  return {
    kind: REPORT_KIND,
    version: REPORT_VERSION,
    title,
    made: new Date().toISOString(),
    machine: await describeMachine(),
    models: parts,
    ...given({ comparison: times.comparison, roofline, recipe, notes }),
    ...(await backendsOf(entries.at(-1)?.[1], inputs, options)),
    ...(remarks.length === 0 ? {} : { remarks }),
  };
}

/** What belongs to a model that is not there would be left out in silence. */
function refuseStrangers(
  models: object,
  option: 'files' | 'training' | 'sensitivity',
  byName: object = {},
): void {
  const stranger = Object.keys(byName).find((name) => !Object.hasOwn(models, name));
  if (stranger === undefined) return;
  fail('argument/invalid', {
    subject: `${option}.${stranger}`,
    expected: `one of the models ${Object.keys(models).join(', ')}`,
    got: stranger,
  });
}

const FOR_SEVERAL = ['backend', 'isolate', 'processes', 'tolerance', 'differByDesign'] as const;

/** What only a comparison heeds, and a backend that the rest of the report would not be of. */
function refuseForOne(count: number, timing: CollectOptions['timing']): void {
  if (timing === undefined || timing === false) return;
  const idle = count > 1 ? undefined : FOR_SEVERAL.find((name) => timing[name] !== undefined);
  if (idle !== undefined) {
    fail('argument/invalid', { subject: `timing.${idle}`, expected: 'several models', got: 'one' });
  }
  const present = tf.getBackend();
  if (timing.backend === undefined || timing.backend === present) return;
  fail('argument/invalid', {
    subject: 'timing.backend',
    expected: `${present}, on which the rest of the report is measured`,
    got: timing.backend,
    advice: 'Choose the backend by tf.setBackend before',
  });
}

/** The fields that are there. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

interface Times {
  readonly comparison?: Comparison;
  readonly measurements: ReadonlyMap<string, Measurement>;
}

async function timesOf(
  models: Readonly<Record<string, ModelLike>>,
  inputs: ModelInputs,
  options: CollectOptions,
): Promise<Times> {
  const { timing = {} } = options;
  if (timing === false) return { measurements: new Map() };
  const [[name, model] = [], ...others] = Object.entries(models);
  await step(options, 'timing');
  if (others.length > 0) {
    return {
      comparison: await compare(models, inputs, { ...timing, ...shared(options) }),
      measurements: new Map(),
    };
  }
  if (name === undefined || model === undefined) return { measurements: new Map() };
  const measurement = await measure(model, inputs, { ...timing, ...shared(options), name });
  return { measurements: new Map([[name, measurement]]) };
}

async function rooflineOf(options: CollectOptions): Promise<RooflineRecord | undefined> {
  const { roofline = {}, profile: profiling } = options;
  if (roofline === false || profiling === false) return undefined;
  await step(options, 'measuring what the machine reaches');
  return measureRoofline({ ...roofline, ...shared(options) });
}

interface Subject {
  readonly name: string;
  readonly model: ModelLike;
  readonly inputs: ModelInputs;
  readonly roofline: RooflineRecord | undefined;
  /** What is found out on the way. */
  readonly remarks: string[];
}

async function modelPart(
  subject: Subject,
  measurement: Measurement | undefined,
  options: CollectOptions,
): Promise<ReportModel> {
  const { name, model, inputs, roofline } = subject;
  await step(options, `${name}: counting costs`);
  const location = options.files?.[name];
  const cost = await costByLayer(model, inputs, { ...withoutSeed(options), ...(location && { location }) });
  const profiled = await profileOf(subject, options);
  const limits = profiled && roofline && layerLimits(cost, profiled, roofline);
  const { memory = {} } = options;
  if (memory !== false) await step(options, `${name}: measuring memory`);
  const held =
    memory === false ? undefined : await measureMemory(model, inputs, { ...memory, ...withoutSeed(options) });
  const quality = await qualityOf(subject, options);
  const weights = await weightsOf(subject, options);
  const batches = await batchesOf(subject, options);
  const training = trainingOf(options.training?.[name]);
  return {
    name,
    cost,
    ...given({
      measurement,
      profile: profiled,
      limits,
      memory: held,
      batches,
      quality,
      training,
      ...sensitivityParts(options.sensitivity?.[name]),
    }),
    ...weights,
  };
}

async function profileOf(
  { name, model, inputs, remarks }: Subject,
  options: CollectOptions,
): Promise<ProfileRecord | undefined> {
  const { profile: profiling = {} } = options;
  if (profiling === false) return undefined;
  await step(options, `${name}: profiling`);
  try {
    return await profile(model, inputs, { ...profiling, ...shared(options) });
  } catch (error) {
    if (!isOptimizeError(error) || error.code !== 'backend/no-timer') throw error;
    remarks.push(`${name} has no profile: ${error.message}`);
    return undefined;
  }
}

async function qualityOf(
  { name, model }: Subject,
  options: CollectOptions,
): Promise<ReportModel['quality'] | undefined> {
  if (options.quality === undefined) return undefined;
  const { data, metrics, ...how } = options.quality;
  await step(options, `${name}: scoring`);
  const dataset = typeof data === 'function' ? data() : data;
  return evaluate(model, dataset, metrics, { ...how, ...withoutSeed(options) });
}

/** Epochs as records hold them: numbers that are not finite are left out. */
function trainingOf(history: readonly EpochRecord[] | undefined): ReportModel['training'] {
  if (history === undefined || history.length === 0) return undefined;
  return history.map(({ epoch, numbers, steps, learningRate }) => ({
    epoch,
    numbers: Object.fromEntries(Object.entries(numbers).filter(([, value]) => Number.isFinite(value))),
    steps,
    ...(learningRate !== undefined && { learningRate }),
  }));
}

async function batchesOf(
  { name, model, inputs }: Subject,
  options: CollectOptions,
): Promise<ReportModel['batches']> {
  if (options.batches === undefined) return undefined;
  await step(options, `${name}: trying batch sizes`);
  return sweepBatches(model, inputs, { ...options.batches, ...shared(options) });
}

async function backendsOf(
  model: ModelLike | undefined,
  inputs: ModelInputs,
  options: CollectOptions,
): Promise<Pick<ReportRecord, 'backends' | 'backendTimes'>> {
  if (options.backends === undefined || model === undefined) return {};
  await step(options, 'trying backends');
  const found = await compareBackends(model, inputs, { ...options.backends, ...shared(options) });
  return { backends: found.trials, backendTimes: found.comparison };
}

/** Histograms of the weights that were chosen, and maps of those that have zeros. */
async function weightsOf(
  { name, model }: Subject,
  options: CollectOptions,
): Promise<Pick<ReportModel, 'histograms' | 'sparsity'>> {
  const { weights: wanted } = options;
  if (wanted === false) return {};
  await step(options, `${name}: looking at weights`);
  return withModel(model, 'weights', (own) => {
    const chosen = wanted ?? largestWeights(own);
    const histograms = weightHistograms(own, chosen);
    const withZeros = histograms.filter(({ zeros }) => zeros > 0).map((each) => each.name);
    const sparsity = withZeros.length === 0 ? [] : sparsityMaps(own, withZeros);
    return Promise.resolve({ histograms, sparsity });
  });
}

function largestWeights(model: Parameters<typeof chooseWeights>[0]): string[] {
  const kernels = chooseWeights(model, undefined).map((each, place) => ({ ...each, place }));
  kernels.sort((a, b) => b.weight.size - a.weight.size);
  const largest = kernels.slice(0, MOST_WEIGHTS).sort((a, b) => a.place - b.place);
  return largest.map(({ name }) => name);
}

function shared({ seed = 1, ...options }: CollectOptions): Pick<CompareOptions, Shared> {
  return { seed, ...withoutSeed(options) };
}

function withoutSeed({ signal, progress }: CollectOptions): Pick<CompareOptions, 'signal' | 'progress'> {
  return { ...(signal && { signal }), ...(progress && { progress }) };
}

async function step({ signal, progress }: CollectOptions, message: string): Promise<void> {
  await breathe(signal, 'report');
  progress?.({ task: 'report', message });
}
