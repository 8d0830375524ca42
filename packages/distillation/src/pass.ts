import {
  checkFitSettings,
  checkOptions,
  fitOptionsIn,
  fitSettingKinds,
  liveNameKind,
  optionKinds,
  scheduleOf,
  trainingDemands,
  trainingNotes,
  type FitSettings,
  type JsonObject,
  type OptionKinds,
  type Pass,
  type PassFactories,
  type ScheduleJson,
} from '@tfjs-optimize/core';
import { distill } from './distill.js';
import { checkMatch, rateKind, type MatchOptions } from './match.js';
import { checkCache, ownKinds, shareKind, temperatureKind, type DistillOptions } from './options.js';
import type { Teachers } from './teacher.js';

/** A match as JSON. */
export interface MatchJson extends Omit<MatchOptions, 'weight'> {
  readonly weight?: number | ScheduleJson;
}

/** Options of {@link distill} that are data, with names for what is not. */
export interface DistillPassOptions
  extends FitSettings, Pick<DistillOptions, 'targets' | 'labelSmoothing' | 'cache'> {
  /** The name under which teachers are given to the run of passes: `teacher` unless told. */
  readonly teacher?: string;
  readonly temperature?: number | ScheduleJson;
  readonly alpha?: number | ScheduleJson;
  readonly match?: readonly MatchJson[];
}

const NAME = 'distillation/distill';
const { anything } = optionKinds;

/**
 * {@link distill} as a step of a pipeline: the model that it is given is the student.
 * @throws `argument/invalid` for options of other names or kinds.
 */
export function distillPass(options: DistillPassOptions): Pass {
  checkPassOptions(options);
  const { teacher = 'teacher', ...settings } = options;
  const demands = trainingDemands(settings);
  return {
    name: NAME,
    options: { teacher, data: 'data', ...settings } as unknown as JsonObject,
    ...demands,
    asks: [teacher, ...demands.asks],
    run: async (model, context) => {
      const { temperature: _, alpha: __, match: ___, ...rest } = settings;
      const result = await distill(model, context.inputs.need<Teachers>(teacher), {
        ...fitOptionsIn(rest, context),
        ...schedulesOf(settings),
      });
      return { model: result.model, changed: true, notes: trainingNotes(result) };
    },
  };
}

/** The schedules of `distill` that JSON stands for. */
function schedulesOf({
  temperature,
  alpha,
  match,
}: DistillPassOptions): Pick<DistillOptions, 'temperature' | 'alpha' | 'match'> {
  return {
    ...(temperature !== undefined && {
      temperature: scheduleOf('temperature', temperature, temperatureKind),
    }),
    ...(alpha !== undefined && { alpha: scheduleOf('alpha', alpha, shareKind) }),
    ...(match !== undefined && {
      match: match.map(({ weight, ...pair }, i) => ({
        ...pair,
        ...(weight !== undefined && { weight: scheduleOf(`match[${i}].weight`, weight, rateKind) }),
      })),
    }),
  };
}

/** Schedules are looked into by themselves. */
const KINDS: OptionKinds<DistillPassOptions> = {
  ...fitSettingKinds,
  ...ownKinds,
  ...{ teacher: liveNameKind, temperature: anything, alpha: anything },
};

/** A recipe whose options are misspelt would run with others. */
function checkPassOptions(options: DistillPassOptions): void {
  checkOptions(options, KINDS, { where: NAME, needed: ['epochs'] });
  checkCache(options.cache);
  options.match?.forEach((match, i) => checkMatch(`match[${i}]`, match, anything));
  checkFitSettings(options);
  schedulesOf(options);
}

/** The pass of this package for recipes. */
export const distillationPasses: PassFactories = {
  [NAME]: (options) => distillPass(options as unknown as DistillPassOptions),
};
