import {
  checkOptions,
  fail,
  fit,
  optionKinds,
  reestimateBatchNorm,
  throwIfAborted,
  type EpochRecord,
  type Evaluate,
  type FitOptions,
  type LayersOptions,
  type Model,
  type Note,
  type OptionKinds,
  type Progress,
  type TrainingData,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import type { Selection } from '../kernels.js';
import type { Mask, Masks } from '../masks/mask.js';
import { masksFact } from '../masks/masks-fact.js';
import { readShare, whole } from '../schedules/schedule.js';
import { sparsities } from '../schedules/sparsities.js';
import { floatModel, withMasks } from '../targets/model.js';
import { MaskPlan } from './mask-plan.js';
import type { TrainingMethod } from './method.js';
import { TRAINING_KINDS } from './options.js';

/** Options of {@link pruneIteratively}. */
export interface PruneIterativelyOptions extends Selection, LayersOptions {
  /** The share of zeros at the end, from 0 to below 1, of the weights that are pruned. */
  readonly amount: number;
  /** How many times it prunes and trains, each time the same share of what is left. */
  readonly rounds: number;
  /** The training of a round: as the model was trained before, or shorter. */
  readonly fineTune: FitOptions;
  /** Which weights go; the least magnitudes of each weight unless told. */
  readonly method?: TrainingMethod;
  /**
   * What each round begins with, unless told the learning rate of the beginning: the schedule of `fineTune` runs anew, with
   * the weights of now (Renda et al. 2020). `weights`: those of `start`, too, for all that is left (Frankle and Carbin
   * 2019). `nothing`: the weights of now, and all of the round at the last rate of the schedule.
   */
  readonly rewind?: 'learning-rate' | 'weights' | 'nothing';
  /** For `rewind: 'weights'`: the model as it was before its training or early in it. */
  readonly start?: Model;
  /** How good a model is, more being better; told with each round. */
  readonly evaluate?: Evaluate;
  /** Ends where that is lower by more than this than of the model given, and gives the round before. */
  readonly maxDrop?: number;
  /** Data by which batch normalizations are estimated anew after the training of each round. */
  readonly reestimate?: TrainingData;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** What a round gave. */
export interface PruningRound {
  /** From 1 on. */
  readonly round: number;
  /** The share of zeros in the weights that are pruned. */
  readonly sparsity: number;
  /** What `evaluate` says. */
  readonly metric: number | undefined;
  readonly history: readonly EpochRecord[];
}

/** What {@link pruneIteratively} gives. */
export interface IterativelyPruned {
  /** The model of the last round that was good enough, with its masks as a fact. */
  readonly model: Model<'float'>;
  /** All rounds, the one that was not good enough included. */
  readonly rounds: readonly PruningRound[];
  /** The round that the model is of; 0 for the model as it was given. */
  readonly kept: number;
  /** Why it ended. */
  readonly ended: 'finished' | 'metric';
  /** What was left whole, and why. */
  readonly notes: readonly Note[];
}

const SUBJECT = 'pruneIteratively';
const { code, number, object, oneOf } = optionKinds;
const KINDS: OptionKinds<PruneIterativelyOptions> = {
  layers: TRAINING_KINDS.layers,
  exclude: TRAINING_KINDS.exclude,
  weights: TRAINING_KINDS.weights,
  method: TRAINING_KINDS.method,
  inputShapes: object,
  amount: number('a number', () => true),
  rounds: number('a number', () => true),
  fineTune: { ...object, expected: 'options of fit' },
  rewind: oneOf('learning-rate', 'weights', 'nothing'),
  start: { ...object, expected: 'a Model' },
  evaluate: code,
  maxDrop: number('a number of at least 0', (value) => value >= 0),
  reestimate: optionKinds.anything,
  signal: object,
  progress: code,
};

/**
 * Prunes and trains in turn: masks of the values that the last training gave, then a training in which they hold (Han et
 * al. 2015). After round k of n, `1 - (1 - amount)^(k/n)` is zero. The model given stays as it is.
 *
 * @throws `argument/invalid` for options that are not of their kind; `pruning/schedule` for an amount outside [0, 1) and
 *   for rounds that are no whole number from 1 up; `pruning/layer` for names that the model does not have;
 *   `pruning/weight` for NaN and infinities, and for a start that has other weights; what `fit` throws.
 */
export async function pruneIteratively(
  given: Model | tf.LayersModel,
  options: PruneIterativelyOptions,
): Promise<IterativelyPruned> {
  check(options);
  const { amount, rounds, evaluate, maxDrop = Infinity, reestimate, signal, progress, inputShapes } = options;
  const source = floatModel(given, { ...(inputShapes !== undefined && { inputShapes }) }, SUBJECT);
  const start = startOf(source, options);
  const least = ((await evaluate?.(source)) ?? 0) - maxDrop;
  const training = trainingOf(options);
  const records: PruningRound[] = [];
  const notes = new Map<string, Note>();
  let model = source;
  for (let round = 1; round <= rounds; round++) {
    throwIfAborted(signal, 'pruning');
    const pruned = await prunedTo(1 - (1 - amount) ** (round / rounds), model, options);
    for (const note of pruned.notes) notes.set(note.message, note);
    const begin = start === undefined ? pruned.model : rewound(pruned.model, start);
    const result = await fit(begin, training);
    for (const note of result.notes) notes.set(note.message, note);
    const next =
      reestimate === undefined
        ? result.model
        : await reestimateBatchNorm(result.model, reestimate, { ...(signal && { signal }) });
    const metric = await evaluate?.(next);
    records.push({ round, sparsity: pruned.sparsity, metric, history: result.history });
    const told = metric === undefined ? '' : `, ${metric.toPrecision(4)}`;
    const message = `${(100 * pruned.sparsity).toFixed(1)} % zeros${told}`;
    progress?.({ task: 'prune', done: round, total: rounds, message });
    // A metric that is no number is not good enough either.
    if (metric !== undefined && !(metric >= least)) {
      return { model, rounds: records, kept: round - 1, ended: 'metric', notes: [...notes.values()] };
    }
    model = next;
  }
  return { model, rounds: records, kept: rounds, ended: 'finished', notes: [...notes.values()] };
}

function check(options: PruneIterativelyOptions): void {
  const needed = ['amount', 'rounds', 'fineTune'];
  checkOptions<PruneIterativelyOptions>(options, KINDS, { where: SUBJECT, needed });
  readShare(options.amount, `${SUBJECT}: amount`);
  whole(options.rounds, 1, `${SUBJECT}: rounds`);
  const { start, rewind, maxDrop, evaluate } = options;
  const refuse = (subject: string, expected: string, got: string): never =>
    fail('argument/invalid', { subject: `${SUBJECT}: ${subject}`, expected, got });
  if ((rewind === 'weights') !== (start !== undefined)) {
    refuse(
      'start',
      rewind === 'weights' ? "the model to go back to, for rewind: 'weights'" : "rewind: 'weights' with it",
      rewind === 'weights' ? 'nothing' : `'${rewind ?? 'learning-rate'}'`,
    );
  }
  if (maxDrop !== undefined && evaluate === undefined) {
    refuse('maxDrop', 'evaluate, which tells how good a model is', 'nothing');
  }
}

/** The training of a round. */
function trainingOf({ fineTune, rewind = 'learning-rate', signal }: PruneIterativelyOptions): FitOptions {
  const { learningRate } = fineTune;
  return {
    ...(signal !== undefined && { signal }),
    ...fineTune,
    ...(rewind === 'nothing' &&
      typeof learningRate === 'function' && {
        learningRate: (_: number, steps: number) => learningRate(steps - 1, steps),
      }),
  };
}

/** A model whose weights are masked by their values, so many of them in all. */
async function prunedTo(
  sparsity: number,
  model: Model<'float'>,
  { method, layers, exclude, weights }: PruneIterativelyOptions,
): Promise<{
  readonly model: Model<'float'>;
  readonly sparsity: number;
  readonly notes: readonly Note[];
}> {
  const selection = {
    ...{ layers, exclude, weights, schedule: sparsities.oneShot({ to: sparsity }) },
    ...(method !== undefined && { method }),
  };
  const plan = new MaskPlan(model, selection, 0, [...model.weights.names()], SUBJECT);
  const before: Masks = model.facts.get(masksFact) ?? new Map<string, Mask>();
  const { masks, notes } = await plan.update(0, before, (name) =>
    Promise.resolve(model.weights.need(name).numbers() as Float32Array),
  );
  return {
    model: withMasks(model, masks),
    sparsity: plan.sparsity(masks),
    notes: [...plan.notes, ...notes],
  };
}

/** All weights as they were at the start, those that are pruned zero. */
function rewound(model: Model<'float'>, start: Model): Model<'float'> {
  const names = [...model.weights.names()];
  const early = new Map(names.map((name) => [name, start.weights.need(name)] as const));
  const weights = model.weights.with(early);
  return withMasks(model.with<'float'>({ weights }), model.facts.need(masksFact), (name) =>
    weights.need(name),
  );
}

function startOf(model: Model, { start }: PruneIterativelyOptions): Model | undefined {
  if (start === undefined) return undefined;
  for (const [name, { shape }] of model.weights) {
    const found = start.weights.get(name)?.shape;
    if (found?.join() === shape.join()) continue;
    fail('pruning/weight', {
      subject: `${SUBJECT}: start`,
      expected: `a weight '${name}' of shape [${shape.join(',')}], as the model has`,
      got: found === undefined ? 'none' : `one of shape [${found.join(',')}]`,
      advice: 'Give the model as it was before or early in its training',
    });
  }
  return start;
}
