import {
  checkFitSettings,
  checkOptions,
  fit,
  fitOptionsIn,
  fitSettingKinds,
  optionKinds,
  reestimateBatchNormPass,
  trainingDemands,
  trainingNotes,
  type FitSettings,
  type JsonObject,
  type LossName,
  type Model,
  type Note,
  type OptionKinds,
  type Pass,
  type PassFactories,
} from '@tfjs-optimize/core';
import { prunedCount } from '../masks/mask.js';
import { masksFact } from '../masks/masks-fact.js';
import { NAMED_SELECTION, type NamedSelection } from '../prune/options.js';
import { methodOf, sparsityOf, type MethodJson, type SparsityJson } from './course-json.js';
import type { PruningCourse, TrainingSelection } from './mask-plan.js';
import { checkPerLayer } from './options.js';
import { pruneWhileTraining } from './prune-while-training.js';

/** What is pruned when, and how, as JSON. */
export interface PruningCourseJson {
  readonly schedule: SparsityJson;
  /** Which weights go; the least magnitudes of each weight unless told. */
  readonly method?: MethodJson;
}

/** Options of {@link pruneWhileTrainingPass}: those of a training, and of `pruneWhileTraining`, in JSON. */
export interface PruneWhileTrainingPassOptions extends FitSettings, PruningCourseJson, NamedSelection {
  readonly loss: LossName;
  /** Layers or weights that have another course; see `TrainingSelection`. */
  readonly perLayer?: Readonly<Record<string, number | Partial<PruningCourseJson>>>;
  /** Whether batch normalizations are estimated anew at the end, from the data; so unless told. */
  readonly reestimate?: boolean;
}

const NAME = 'pruning/train';
const { anything, flag } = optionKinds;

/** Schedules and methods are looked into by themselves. */
const KINDS: OptionKinds<PruneWhileTrainingPassOptions> = {
  ...fitSettingKinds,
  ...NAMED_SELECTION,
  ...{ schedule: anything, method: anything, perLayer: anything, reestimate: flag },
};
const COURSE: OptionKinds<PruningCourseJson> = { schedule: anything, method: anything };

/**
 * A training in whose course weights become zero, as a step of a pipeline: `fit` with `pruneWhileTraining`, and then
 * `reestimateBatchNorm` where the model has batch normalizations. It gives masks, which later passes keep.
 * @throws `argument/invalid` for options of other names or kinds, `pruning/schedule` and `pruning/amount` for schedules and
 *   methods that are none, before anything runs.
 */
export function pruneWhileTrainingPass(options: PruneWhileTrainingPassOptions): Pass {
  checkOptions(options, KINDS, { where: NAME, needed: ['epochs', 'loss', 'schedule'] });
  checkFitSettings(options);
  selectionOf(options, 0);
  return {
    name: NAME,
    options: { data: 'data', ...options } as unknown as JsonObject,
    takes: 'float',
    gives: [masksFact],
    ...trainingDemands(options),
    run: async (model, context) => {
      const { data, reestimate = true } = options;
      const trained = await fit(model, {
        ...fitOptionsIn(settingsOf(options), context),
        callbacks: pruneWhileTraining(selectionOf(options, context.seed)),
      });
      const notes = [...trainingNotes(trained), zerosNote(trained.model)];
      if (!reestimate) return { model: trained.model, changed: true, notes };
      const again = reestimateBatchNormPass(data === undefined ? {} : { data });
      const estimated = await again.run(trained.model, context);
      return {
        model: estimated.model,
        changed: true,
        notes: [...notes, ...(estimated.changed ? estimated.notes : [])],
      };
    },
  };
}

/** The options that are those of a training. */
function settingsOf(options: PruneWhileTrainingPassOptions): FitSettings & { readonly loss: LossName } {
  const { schedule: _, method: _m, perLayer: _p, reestimate: _r, ...rest } = options;
  const { layers: _l, exclude: _e, weights: _w, ...settings } = rest;
  return settings;
}

/** The options of `pruneWhileTraining` that JSON stands for. */
function selectionOf(options: PruneWhileTrainingPassOptions, seed: number): TrainingSelection {
  const { layers, exclude, weights, perLayer } = options;
  if (perLayer !== undefined) checkPerLayer(perLayer, NAME, COURSE);
  return {
    ...{ layers, exclude, weights },
    ...courseOf(NAME, options, seed),
    schedule: sparsityOf(`${NAME}.schedule`, options.schedule),
    ...(perLayer !== undefined && {
      perLayer: Object.fromEntries(
        Object.entries(perLayer).map(([name, own]) => [
          name,
          typeof own === 'number' ? own : courseOf(`${NAME}.perLayer.${name}`, own, seed),
        ]),
      ),
    }),
  };
}

function courseOf(
  where: string,
  { schedule, method }: Partial<PruningCourseJson>,
  seed: number,
): Partial<PruningCourse> {
  return {
    ...(schedule !== undefined && { schedule: sparsityOf(`${where}.schedule`, schedule) }),
    ...(method !== undefined && { method: methodOf(`${where}.method`, method, seed) }),
  };
}

function zerosNote({ facts }: Model): Note {
  const masks = [...facts.need(masksFact).values()];
  const size = masks.reduce((sum, { kept }) => sum + kept.length, 0);
  const zeros = masks.reduce((sum, mask) => sum + prunedCount(mask), 0);
  const share = size === 0 ? 0 : (100 * zeros) / size;
  const message = `${share.toFixed(1)} % of the weights in ${masks.length} masks are zero`;
  return { level: 'info', kind: 'did', message };
}

/** The pass for recipes. */
export const trainPasses: PassFactories = {
  [NAME]: (options) => pruneWhileTrainingPass(options as unknown as PruneWhileTrainingPassOptions),
};
