import type * as tf from '@tensorflow/tfjs';
import type { Model } from '../model.js';
import type { Note, Progress } from '../pass.js';
import type { Augment } from './augment.js';
import type { CallbackOption } from './callbacks.js';
import type { CheckpointOptions } from './checkpoint.js';
import type { TrainingData } from './data.js';
import { TrainingError } from './error.js';
import { eitherModel, type LayersOptions } from './either-model.js';
import type { Clipping } from './gradients.js';
import type { EarlyStopping, EpochRecord } from './history.js';
import { checkOptions } from '../options.js';
import { fitOptionKinds } from './option-kinds.js';
import { train } from './run.js';
import type { OptimizerOption } from './optimizer.js';
import type { Schedule } from './schedule.js';
import type { RoleOptions } from './trainable.js';
import type { Objective } from './goals.js';

/** Options of {@link fit}. */
export interface FitOptions extends Objective, RoleOptions, LayersOptions {
  readonly data: TrainingData;
  readonly epochs: number;
  /** Examples in a batch of data that lie in memory; 32 unless told. */
  readonly batchSize?: number;
  /** Whether examples in memory are shuffled at each epoch; so unless told. */
  readonly shuffle?: boolean;
  /** Changes each batch before it is trained on, at random as a rule: moves, turns, crops. */
  readonly augment?: Augment;
  /** Batches in an epoch of data that tell no size. One that ends before is an error, and no more are taken. */
  readonly stepsPerEpoch?: number;
  /** Batches whose gradients make one step, by their mean; 1 unless told. */
  readonly accumulate?: number;
  /** Adam unless told. */
  readonly optimizer?: OptimizerOption;
  /** A number or a schedule by step; that of the optimizer unless told. */
  readonly learningRate?: number | Schedule;
  readonly clip?: Clipping;
  /** What the model is measured on after each epoch. */
  readonly validation?: TrainingData;
  readonly earlyStopping?: EarlyStopping;
  /** Give the weights of the best epoch, by what early stopping watches, not the last ones. */
  readonly restoreBest?: boolean;
  readonly callbacks?: CallbackOption;
  readonly checkpoint?: CheckpointOptions;
  /** Draws the order of examples and the noise of layers; 0 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** What {@link fit} gives. */
export interface FitResult<M = Model<'float'>> {
  readonly model: M;
  /** What each epoch gave. */
  readonly history: readonly EpochRecord[];
  /** Why it ended: all epochs were done, what was watched got no better, or a callback asked for it. */
  readonly ended: 'finished' | 'early' | 'callback';
  /**
   * What the layers of the model do in training and this training left out, with the weights that it is about; and what
   * callbacks noted.
   */
  readonly notes: readonly Note[];
  /** The epoch whose weights these are, where the best was asked for. */
  readonly bestEpoch?: number;
}

/**
 * Trains a model: any graph of floats, however it was made. Its weights become variables that are given to the graph,
 * so that gradients reach them; batch normalizations use the mean and variance of the batch, and layers of noise make
 * it. Constraints of layers, and facts that tell how to (`projector`), are kept after every step.
 *
 * The model given stays as it is; a layers model gets the trained weights and is given back.
 *
 * With the same seed, data and backend it gives the same bits, whether it was interrupted and resumed or not.
 *
 * @throws `argument/invalid` for options that are not of their kind or that nobody knows; `train/…` for data, losses and weights that do not fit. Whatever is thrown after the first step comes as a
 *   {@link TrainingError}, which holds the last good model and its history and keeps its cause: with the code of the
 *   cause, with `train/failed` where code of the caller threw something else, with `train/not-finite` or `aborted`.
 */
export function fit(model: Model, options: FitOptions): Promise<FitResult>;
export function fit(model: tf.LayersModel, options: FitOptions): Promise<FitResult<tf.LayersModel>>;
export async function fit(
  model: Model | tf.LayersModel,
  options: FitOptions,
): Promise<FitResult | FitResult<tf.LayersModel>> {
  checkOptions(options, fitOptionKinds, { needed: ['epochs', 'loss'] });
  const either = eitherModel(model, options);
  const { layersWith } = either;
  if (layersWith === undefined) return train(either.model, options);
  try {
    const result = await train(either.model, options);
    return { ...result, model: layersWith(result.model) };
  } catch (error) {
    if (error instanceof TrainingError) layersWith(error.model);
    throw error;
  }
}
