import {
  checkOptions,
  fitOptionKinds,
  optionKinds,
  type Context,
  type FitResult,
  type JsonObject,
  type LossName,
  type Note,
  type OptimizerName,
  type OptionKind,
  type OptionKinds,
  type Pass,
  type PassFactories,
  type TrainingData,
} from '@tfjs-optimize/core';
import { distill } from './distill.js';
import { checkMatch, rateKind, type MatchOptions } from './match.js';
import { checkCache, ownKinds, shareKind, temperatureKind, type DistillOptions } from './options.js';
import { scheduleOf, type ScheduleJson } from './schedule-json.js';
import type { Teachers } from './teacher.js';

/** A match as JSON. */
export interface MatchJson extends Omit<MatchOptions, 'weight'> {
  readonly weight?: number | ScheduleJson;
}

/** Options of {@link distill} that are data, as they are there. */
type PlainOptions = Pick<
  DistillOptions,
  | 'epochs'
  | 'batchSize'
  | 'shuffle'
  | 'stepsPerEpoch'
  | 'accumulate'
  | 'clip'
  | 'earlyStopping'
  | 'restoreBest'
  | 'checkpoint'
  | 'trainsBatchNorm'
  | 'momentum'
  | 'targets'
  | 'labelSmoothing'
  | 'cache'
>;

/** Options of {@link distill} that are data, with names for what is not. */
export interface DistillPassOptions extends PlainOptions {
  /** Names under which teachers, data and validation data are given to the run of passes. */
  readonly teacher?: string;
  readonly data?: string;
  readonly validation?: string;
  readonly temperature?: number | ScheduleJson;
  readonly alpha?: number | ScheduleJson;
  readonly match?: readonly MatchJson[];
  readonly learningRate?: number | ScheduleJson;
  /** An optimizer, the loss of labels and metrics by name. */
  readonly optimizer?: OptimizerName;
  readonly loss?: LossName;
  readonly metrics?: readonly 'accuracy'[];
  /** Names of weights. */
  readonly trainable?: readonly string[];
}

const NAME = 'distillation/distill';
const { anything, list, text } = optionKinds;

/**
 * {@link distill} as a step of a pipeline: the model that it is given is the student.
 * @throws `argument/invalid` for options of other names or kinds.
 */
export function distillPass(options: DistillPassOptions): Pass {
  checkPassOptions(options);
  const { teacher = 'teacher', data = 'data', validation, ...settings } = options;
  return {
    name: NAME,
    options: {
      teacher,
      data,
      ...(validation === undefined ? {} : { validation }),
      ...settings,
    } as unknown as JsonObject,
    trains: true,
    asks: [teacher, data, ...(validation === undefined ? [] : [validation])],
    run: async (model, { inputs, seed, signal, progress }: Context) => {
      const result = await distill(model, inputs.need<Teachers>(teacher), {
        ...asOptions(settings),
        data: inputs.need<TrainingData>(data),
        ...(validation === undefined ? {} : { validation: inputs.need<TrainingData>(validation) }),
        seed,
        progress,
        ...(signal === undefined ? {} : { signal }),
      });
      return { model: result.model, changed: true, notes: notesOf(result) };
    },
  };
}

function notesOf({ history, notes, bestEpoch }: FitResult): Note[] {
  const last = history.at(-1);
  const loss = last?.numbers['loss']?.toPrecision(4);
  const best = bestEpoch === undefined ? '' : `; weights are those of epoch ${bestEpoch + 1}, the best`;
  const message = `${last?.steps ?? 0} steps; the last epoch's loss is ${loss}${best}`;
  return [{ level: 'info', kind: 'did', message }, ...notes];
}

/** The options of `distill` that JSON stands for. */
function asOptions({
  temperature,
  alpha,
  learningRate,
  match,
  ...rest
}: Omit<DistillPassOptions, 'teacher' | 'data' | 'validation'>): Omit<DistillOptions, 'data'> {
  return {
    ...rest,
    ...(temperature !== undefined && {
      temperature: scheduleOf('temperature', temperature, temperatureKind),
    }),
    ...(alpha !== undefined && { alpha: scheduleOf('alpha', alpha, shareKind) }),
    ...(learningRate !== undefined && { learningRate: scheduleOf('learningRate', learningRate, rateKind) }),
    ...(match !== undefined && {
      match: match.map(({ weight, ...pair }, i) => ({
        ...pair,
        ...(weight !== undefined && { weight: scheduleOf(`match[${i}].weight`, weight, rateKind) }),
      })),
    }),
  };
}

const name: OptionKind = { ...text, expected: 'a name under which it is given to the run' };
const named: OptionKind = { ...text, expected: 'a name' };
const names: OptionKind = {
  expected: 'a list of names',
  fits: (value) => list.fits(value) && (value as readonly unknown[]).every(text.fits),
};

/** Schedules are looked into by themselves, and losses and metrics where they are looked up. */
const KINDS: OptionKinds<DistillPassOptions> = {
  ...plainKinds(),
  match: ownKinds.match,
  ...{ teacher: name, data: name, validation: name },
  ...{ optimizer: named, loss: named, metrics: names, trainable: names },
  ...{ temperature: anything, alpha: anything, learningRate: anything },
};

function plainKinds(): OptionKinds<PlainOptions> {
  const { epochs, batchSize, shuffle, stepsPerEpoch, accumulate, clip, momentum } = fitOptionKinds;
  const { earlyStopping, restoreBest, checkpoint, trainsBatchNorm } = fitOptionKinds;
  return {
    ...{ epochs, batchSize, shuffle, stepsPerEpoch, accumulate, clip, momentum },
    ...{ earlyStopping, restoreBest, checkpoint, trainsBatchNorm },
    ...ownKinds,
  };
}

/** A recipe whose options are misspelt would run with others. */
function checkPassOptions(options: DistillPassOptions): void {
  checkOptions(options, KINDS, { where: NAME, needed: ['epochs'] });
  checkCache(options.cache);
  options.match?.forEach((match, i) => checkMatch(`match[${i}]`, match, anything));
  asOptions(options);
}

/** The pass of this package for recipes. */
export const distillationPasses: PassFactories = {
  [NAME]: (options) => distillPass(options as unknown as DistillPassOptions),
};
