import { checkOptions, type OptionKinds } from '../options.js';
import type { JsonObject } from '../json.js';
import type { Pass } from '../pass.js';
import type { PassFactories } from '../passes/recipe.js';
import { batchNorms } from './batch-norm.js';
import type { TrainingData } from './data.js';
import { fit } from './fit.js';
import {
  checkFitSettings,
  fitOptionsIn,
  fitSettingKinds,
  liveNameKind,
  trainingDemands,
  trainingNotes,
  type FitSettings,
} from './fit-settings.js';
import type { LossName } from './losses.js';
import { reestimateOptionKinds } from './option-kinds.js';
import { reestimateBatchNorm } from './reestimate.js';

/** Options of {@link fitPass}. */
export interface FitPassOptions extends FitSettings {
  readonly loss: LossName;
}

const FIT = 'core/fit';

/**
 * {@link fit} as a step of a pipeline: a fine-tuning of what the passes before it made, which keeps their facts.
 * @throws `argument/invalid` for options of other names or kinds.
 */
export function fitPass(options: FitPassOptions): Pass {
  checkOptions(options, fitSettingKinds, { where: FIT, needed: ['epochs', 'loss'] });
  checkFitSettings(options);
  return {
    name: FIT,
    options: { data: 'data', ...options } as unknown as JsonObject,
    takes: 'float',
    ...trainingDemands(options),
    run: async (model, context) => {
      const result = await fit(model, fitOptionsIn(options, context));
      return { model: result.model, changed: true, notes: trainingNotes(result) };
    },
  };
}

/** Options of {@link reestimateBatchNormPass}. */
export interface ReestimateBatchNormPassOptions {
  /** The name under which data are given to the run of passes: `data` unless told. */
  readonly data?: string;
  /** Examples at once; 256 unless told. */
  readonly batchSize?: number;
}

const REESTIMATE = 'core/reestimate-batch-norm';
const KINDS: OptionKinds<ReestimateBatchNormPassOptions> = {
  data: liveNameKind,
  batchSize: reestimateOptionKinds.batchSize,
};

/**
 * {@link reestimateBatchNorm} as a step of a pipeline; it lets models without batch normalizations be.
 * @throws `argument/invalid` for options of other names or kinds.
 */
export function reestimateBatchNormPass(options: ReestimateBatchNormPassOptions = {}): Pass {
  checkOptions(options, KINDS, { where: REESTIMATE });
  const { data = 'data', batchSize } = options;
  return {
    name: REESTIMATE,
    options: { data, ...(batchSize !== undefined && { batchSize }) },
    takes: 'float',
    asks: [data],
    run: async (model, { inputs, signal, progress }) => {
      const { length } = batchNorms(model);
      if (length === 0) {
        const message = 'no batch normalization keeps a mean and variance of its own';
        return { model, changed: false, notes: [{ level: 'info', kind: 'declined', message }] };
      }
      const estimated = await reestimateBatchNorm(model, inputs.need<TrainingData>(data), {
        ...(batchSize !== undefined && { batchSize }),
        progress,
        ...(signal !== undefined && { signal }),
      });
      const norms = length === 1 ? '1 batch normalization' : `${length} batch normalizations`;
      const message = `mean and variance of ${norms}: estimated anew`;
      return { model: estimated, changed: true, notes: [{ level: 'info', kind: 'did', message }] };
    },
  };
}

/** The passes that train or look at data, for recipes. */
export const trainingPasses: PassFactories = {
  [FIT]: (options) => fitPass(options as unknown as FitPassOptions),
  [REESTIMATE]: (options) => reestimateBatchNormPass(options),
};
