import {
  fail,
  type Context,
  type FitResult,
  type JsonObject,
  type Note,
  type OptimizerName,
  type Pass,
  type PassFactories,
  type TrainingData,
} from '@tfjs-optimize/core';
import { distill } from './distill.js';
import { checkOptions, kinds, type Kind, type Kinds } from './kinds.js';
import { checkMatch, type MatchOptions } from './match.js';
import {
  cacheKind,
  checkCache,
  matchKind,
  shareKind,
  smoothingKind,
  targetsKind,
  temperatureKind,
  type DistillOptions,
} from './options.js';
import { scheduleOf, type ScheduleJson } from './schedule-json.js';
import type { Teachers } from './teacher.js';

/** A match as JSON. */
export interface MatchJson extends Omit<MatchOptions, 'weight'> {
  readonly weight?: number | ScheduleJson;
}

/** Options of {@link distill} that are data, with names for what is not. */
export interface DistillPassOptions extends Pick<
  DistillOptions,
  'epochs' | 'batchSize' | 'stepsPerEpoch' | 'accumulate' | 'targets' | 'labelSmoothing' | 'clip' | 'cache'
> {
  /** Names under which teachers, data and validation data are given to the run of passes. */
  readonly teacher?: string;
  readonly data?: string;
  readonly validation?: string;
  readonly temperature?: number | ScheduleJson;
  readonly alpha?: number | ScheduleJson;
  readonly match?: readonly MatchJson[];
  readonly learningRate?: number | ScheduleJson;
  /** An optimizer by name. */
  readonly optimizer?: OptimizerName;
}

const NAME = 'distillation/distill';
const rateKind = kinds.number('a number from 0 up', (value) => value >= 0 && value < Infinity);

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

function notesOf({ history, notes }: FitResult): Note[] {
  const last = history.at(-1);
  const loss = last?.numbers['loss']?.toPrecision(4);
  const message = `${last?.steps ?? 0} steps; the last epoch's loss is ${loss}`;
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
        ...(weight !== undefined && { weight: scheduleOf(`match[${i}]: weight`, weight, rateKind) }),
      })),
    }),
  };
}

const whole = kinds.number('a whole number from 1 up', (value) => Number.isInteger(value) && value >= 1);
const name: Kind = { ...kinds.text, expected: 'a name under which it is given to the run' };

/** Schedules are looked into by themselves. */
const KINDS: Kinds<DistillPassOptions> = {
  ...{ teacher: name, data: name, validation: name, optimizer: { ...kinds.text, expected: 'a name' } },
  ...{ epochs: whole, batchSize: whole, stepsPerEpoch: whole, accumulate: whole },
  ...{ temperature: kinds.anything, alpha: kinds.anything, learningRate: kinds.anything },
  ...{ targets: targetsKind, labelSmoothing: smoothingKind, match: matchKind, cache: cacheKind },
  clip: kinds.object,
};

/** A recipe whose options are misspelt would run with others. */
function checkPassOptions(options: DistillPassOptions): void {
  checkOptions(NAME, options, KINDS);
  if ((options.epochs as unknown) === undefined) {
    fail('argument/invalid', { subject: `${NAME}: epochs`, expected: whole.expected, got: 'none' });
  }
  checkCache(options.cache);
  options.match?.forEach((match, i) => checkMatch(`match[${i}]`, match, kinds.anything));
  asOptions(options);
}

/** The pass of this package for recipes. */
export const distillationPasses: PassFactories = {
  [NAME]: (options) => distillPass(options as unknown as DistillPassOptions),
};
