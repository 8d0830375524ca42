import type {
  FitOptions,
  LossOption,
  Progress,
  Schedule,
  TrainingData,
  WeightedLoss,
} from '@tfjs-optimize/core';
import { checkOptions, kinds, type Kind, type Kinds } from './kinds.js';
import { checkMatch, weightKind, type MatchOptions } from './match.js';

/** Where answers of teachers are kept. */
export interface CacheOptions {
  /** A folder, for later trainings, too: a graph model of constants. Those of validation data lie beside it. */
  readonly folder?: string;
  /**
   * Bytes that all answers may take in memory, 2³⁰ (1 GiB) unless told: four for each number of each example. What
   * would take more is not kept, and teachers are asked each time.
   */
  readonly most?: number;
}

/** Options of {@link distill}. */
export interface DistillOptions extends Omit<FitOptions, 'loss'> {
  /** Examples; labels are needed where `alpha` is below 1 alone. */
  readonly data: TrainingData;
  /**
   * What logits are divided by before the softmax, above 0: the higher, the more the small probabilities count. 1
   * unless told, at each step if it is a schedule.
   */
  readonly temperature?: number | Schedule;
  /**
   * Share of the teacher's word in the loss, from 0 to 1; what is left is the labels'. Unless told 0.9 for examples in
   * memory with labels, else 1: of batches that a program makes it must be told.
   */
  readonly alpha?: number | Schedule;
  /** Whether softmaxes are compared, or logits themselves by their squared difference. */
  readonly targets?: 'soft' | 'logits';
  /** Inner values that are to become alike, too. */
  readonly match?: readonly MatchOptions[];
  /** Losses of one's own beside these. */
  readonly losses?: readonly WeightedLoss[];
  /** The loss of the labels: `crossEntropy` unless told; `meanSquaredError` for regressions. */
  readonly loss?: LossOption;
  /** Share that is taken of a label and spread over all classes, by `crossEntropy`; from 0 to below 1. */
  readonly labelSmoothing?: number;
  /**
   * Where answers of teachers are kept, so that they are asked about an example once, of the data and of validation
   * data: in memory unless told, for examples that lie in memory and are not augmented; or in a folder, too; or
   * (false) nowhere.
   */
  readonly cache?: 'memory' | CacheOptions | false;
}

/** Options that `fit` does not know. */
const OWN = ['temperature', 'alpha', 'targets', 'match', 'losses', 'labelSmoothing', 'cache'] as const;

const schedule: Kind = { expected: 'a schedule', fits: (value) => typeof value === 'function' };

/** A number in its range, or a schedule, whose numbers are checked as they come. */
export const temperatureKind = kinds.number('a number above 0', (value) => value > 0 && value < Infinity);
export const shareKind = kinds.number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
export const smoothingKind = kinds.number('a number from 0 to below 1', (value) => value >= 0 && value < 1);
export const targetsKind = kinds.oneOf('soft', 'logits');

export const matchKind: Kind = {
  ...kinds.list,
  expected: "a list of pairs {student: 'layer', teacher: 'layer'}",
};
export const cacheKind: Kind = {
  expected: "'memory', {folder, most} or false",
  fits: (value) => value === 'memory' || value === false || kinds.object.fits(value),
};

const { anything } = kinds;
/** The options of `fit` are its to check, all but their names. */
const KINDS: Kinds<DistillOptions> = {
  ...{ data: anything, epochs: anything, batchSize: anything, shuffle: anything, augment: anything },
  ...{ stepsPerEpoch: anything, accumulate: anything, optimizer: anything, learningRate: anything },
  ...{ clip: anything, validation: anything, earlyStopping: anything, restoreBest: anything },
  ...{ callbacks: anything, checkpoint: anything, seed: anything, signal: anything, progress: anything },
  ...{ metrics: anything, trainable: anything, trainsBatchNorm: anything, momentum: anything },
  ...{ loss: anything, inputShapes: anything },
  temperature: kinds.either(temperatureKind, schedule),
  alpha: kinds.either(shareKind, schedule),
  targets: targetsKind,
  match: matchKind,
  losses: { ...kinds.list, expected: 'a list of losses {loss, weight}' },
  labelSmoothing: smoothingKind,
  cache: cacheKind,
};

const LOSS: Kinds<WeightedLoss> = { loss: anything, weight: weightKind };

const CACHE: Kinds<CacheOptions> = {
  folder: { ...kinds.text, expected: 'the path of a folder' },
  most: kinds.number('bytes above 0', (value) => value > 0),
};

/**
 * Refuses options of {@link distill} that are none or of another kind, before any work is done.
 * @throws `argument/invalid` naming near ones.
 */
export function checkDistillOptions(options: DistillOptions): void {
  checkOptions(undefined, options, KINDS, [...OWN, 'and those of fit']);
  options.match?.forEach((match, i) => checkMatch(`match[${i}]`, match));
  options.losses?.forEach((loss, i) => checkOptions(`losses[${i}]`, loss, LOSS));
  checkCache(options.cache);
}

export function checkCache(cache: unknown): void {
  if (typeof cache === 'object') checkOptions('cache', cache, CACHE);
}

/** The options that are `fit`'s. */
export function fitOptionsOf(options: DistillOptions): Omit<FitOptions, 'loss'> {
  const own: ReadonlySet<string> = new Set([...OWN, 'loss']);
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name))) as unknown as Omit<
    FitOptions,
    'loss'
  >;
}

/** Tells of work as it goes. */
export type Tell = (event: Progress) => void;
