import {
  checkOptions,
  fail,
  isLayersModel,
  isModel,
  optionKinds,
  Random,
  valueText,
  type Model,
  type OptionKinds,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import type { Selection } from '../kernels.js';
import {
  isByLayer,
  readAmount,
  type Amount,
  type AmountByLayer,
  type KnownAmount,
} from '../methods/amount.js';
import { byChance, fromThreshold, largestMagnitudes, leastMagnitudes } from '../methods/unstructured.js';
import { prunedLayers, type PrunedLayer } from '../targets/layer.js';
import type { PrunedModel } from '../targets/model.js';
import type { Choose, Part } from '../targets/part.js';
import { pruned, type Pruned, type Target, type TargetOptions } from '../targets/target.js';
import { checkSparsity, scored, TARGET_KINDS, type Scores } from './options.js';

const { code, number, oneOf } = optionKinds;
const seedKind = number('a whole number', Number.isSafeInteger);

/** Options of {@link l1Unstructured}. */
export interface L1Options extends TargetOptions {
  /** Ranks by these instead of magnitudes. */
  readonly scores?: Scores | undefined;
}

const L1_KINDS: OptionKinds<L1Options> = { ...TARGET_KINDS, scores: code };

/**
 * Prunes the least magnitudes of each weight by itself, as `torch.nn.utils.prune.l1_unstructured` does.
 *
 * A Model or layers model stays as it is and a new Model comes back, with the masks as a fact (a layers model takes its
 * values by `model.toLayersModel(original)`). A tensor or Weight gives new values and a mask. A layer of tf.layers is an
 * object with a state, as a module of PyTorch is: its kernels are pruned in place, the one form that does so.
 *
 * What was pruned stays pruned: `fit` and `distill` keep the masks of a Model (those of a layer are known to this package
 * alone, and to the graph that it makes of the layers). A second pruning looks at the rest: a fraction is one of these.
 *
 * @param amount of each weight: a fraction from 0 to below 1, a count from 2 up, `{ fraction }` or `{ count }`. Fractions
 *   of a number of weights are rounded half to even. Of equal magnitudes the first go. Of a model also `{ byLayer }` with
 *   an amount for each layer (frozen ones, too) or kernel that is named; the others stay whole. Other weights than kernels
 *   are those of `weights`.
 * @throws `pruning/amount`, `pruning/layer` for names that the model does not have and layers without kernels,
 *   `pruning/weight` for weights with NaN or infinities, `model/stage` for integer models, `argument/invalid`.
 */
export function l1Unstructured<T extends Target>(
  target: T,
  amount: Amount | AmountByLayer,
  options: L1Options = {},
): Pruned<T> {
  checkOptions<L1Options>(options, L1_KINDS, { where: 'l1Unstructured' });
  const choose = chooseL1(amount, 'l1Unstructured', options.scores);
  return pruned(target, amongNamed(amount, options, 'l1Unstructured'), choose, 'l1Unstructured');
}

/** The choice of {@link l1Unstructured}. */
export function chooseL1(amount: Amount | AmountByLayer, subject: string, scores?: Scores): Choose {
  const amountOf = readAmounts(amount, subject);
  return (parts) =>
    parts.map((part) => {
      const known = amountOf(part);
      if (known === undefined) return `byLayer tells no amount for it or its layer '${part.layer}'`;
      const where = `${subject}: '${part.name}'`;
      return leastMagnitudes([scored(part, scores, subject)], known, where)[0] as Uint8Array;
    });
}

/** The amount of each part: the same of all, or that of its weight or layer. */
function readAmounts(
  amount: Amount | AmountByLayer,
  subject: string,
): (part: Part) => KnownAmount | undefined {
  if (!isByLayer(amount)) {
    const known = readAmount(amount, subject);
    return () => known;
  }
  if (!optionKinds.object.fits(amount.byLayer) || Object.keys(amount.byLayer).length === 0) {
    fail('pruning/amount', {
      subject: `${subject}: byLayer`,
      expected: 'an object with an amount by the name of a layer or kernel, or more',
      got: valueText(amount.byLayer),
    });
  }
  const byName = new Map(
    Object.entries(amount.byLayer).map(([name, each]) => [name, readAmount(each, `${subject}: '${name}'`)]),
  );
  return ({ name, layer }) => byName.get(name) ?? byName.get(layer);
}

/** A selection narrowed to what amounts by layer name. */
export function amongNamed<T extends Pick<Selection, 'layers'>>(
  amount: Amount | AmountByLayer,
  options: T,
  subject: string,
): T {
  if (!isByLayer(amount)) return options;
  if (options.layers === undefined) return { ...options, layers: Object.keys(amount.byLayer) };
  return fail('argument/invalid', {
    subject: `${subject}: layers`,
    expected: 'none beside amounts by layer, which name them',
    got: 'some',
  });
}

/** Options of {@link randomUnstructured}. */
export interface RandomOptions extends TargetOptions {
  /** 0 unless told. */
  readonly seed?: number | undefined;
}

const RANDOM_KINDS: OptionKinds<RandomOptions> = { ...TARGET_KINDS, seed: seedKind };

/**
 * Prunes elements of each weight by chance, as `random_unstructured` of PyTorch does; the same ones for a seed, a weight's
 * name and its shape. See {@link l1Unstructured} for targets, amounts and errors.
 */
export function randomUnstructured<T extends Target>(
  target: T,
  amount: Amount,
  options: RandomOptions = {},
): Pruned<T> {
  checkOptions<RandomOptions>(options, RANDOM_KINDS, { where: 'randomUnstructured' });
  return pruned(
    target,
    options,
    chooseRandom(amount, options.seed ?? 0, 'randomUnstructured'),
    'randomUnstructured',
  );
}

/** The choice of {@link randomUnstructured}. */
export function chooseRandom(amount: Amount, seed: number, subject: string): Choose {
  const known = readAmount(amount, subject);
  const random = Random.of(seed);
  return (parts) =>
    parts.map((part) => {
      const where = `${subject}: '${part.name}'`;
      return byChance([part], known, random.fork(part.name), where)[0] as Uint8Array;
    });
}

/** Options of {@link globalUnstructured}. */
export interface GlobalOptions extends L1Options {
  /** Least magnitudes, unless told, or by chance. */
  readonly method?: 'l1' | 'random' | undefined;
  /** Of `random`; 0 unless told. */
  readonly seed?: number | undefined;
}

const GLOBAL_KINDS: OptionKinds<GlobalOptions> = {
  ...L1_KINDS,
  method: oneOf('l1', 'random'),
  seed: seedKind,
};

/** What {@link globalUnstructured} looks at together. */
export type GlobalTarget = Model | tf.LayersModel | readonly tf.layers.Layer[];

/**
 * Prunes all weights of a model, or of several layers in place, by one ranking: those of a layer whose weights are small
 * may all go, as in `torch.nn.utils.prune.global_unstructured`. A note tells where nothing is left.
 * @param amount of all weights together; see {@link l1Unstructured}, for errors, too.
 */
export function globalUnstructured<T extends GlobalTarget>(
  target: T,
  amount: Amount,
  options: GlobalOptions = {},
): T extends Model | tf.LayersModel ? PrunedModel : PrunedLayer[] {
  const subject = 'globalUnstructured';
  checkOptions<GlobalOptions>(options, GLOBAL_KINDS, { where: subject });
  const choose = chooseGlobal(amount, options, subject);
  const given: GlobalTarget = target;
  const done =
    isModel(given) || isLayersModel(given)
      ? pruned(given, options, choose, subject)
      : prunedLayers(listOf(given, options), choose, subject);
  return done as T extends Model | tf.LayersModel ? PrunedModel : PrunedLayer[];
}

/** The choice of {@link globalUnstructured}. */
export function chooseGlobal(
  amount: Amount,
  { method = 'l1', seed = 0, scores }: Pick<GlobalOptions, 'method' | 'seed' | 'scores'>,
  subject: string,
): Choose {
  const known = readAmount(amount, subject);
  if (method === 'random') return (parts) => byChance(parts, known, Random.of(seed), subject);
  return (parts) =>
    leastMagnitudes(
      parts.map((part) => scored(part, scores, subject)),
      known,
      subject,
    );
}

function listOf(given: unknown, options: GlobalOptions): readonly tf.layers.Layer[] {
  const { layers, exclude, weights, inputShapes, mask } = options;
  const isBare = [layers, exclude, weights, inputShapes, mask].every((each) => each === undefined);
  if (Array.isArray(given) && given.length > 0 && isBare) return given as tf.layers.Layer[];
  return fail('argument/invalid', {
    subject: 'globalUnstructured',
    expected: 'a Model, a layers model, or a list of layers without options that choose among them',
    got: Array.isArray(given) ? (given.length === 0 ? 'an empty list' : 'such options') : typeof given,
  });
}

/**
 * Prunes magnitudes below a threshold, in each weight. See {@link l1Unstructured} for targets and errors.
 * @param threshold 0 or more; magnitudes that equal it stay.
 */
export function thresholdUnstructured<T extends Target>(
  target: T,
  threshold: number,
  options: TargetOptions = {},
): Pruned<T> {
  checkOptions<TargetOptions>(options, TARGET_KINDS, { where: 'thresholdUnstructured' });
  return pruned(
    target,
    options,
    chooseThreshold(threshold, 'thresholdUnstructured'),
    'thresholdUnstructured',
  );
}

/** The choice of {@link thresholdUnstructured}. */
export function chooseThreshold(threshold: number, subject: string): Choose {
  if (typeof threshold !== 'number' || !(threshold >= 0)) {
    fail('pruning/amount', {
      subject: `${subject}: threshold`,
      expected: 'a number of 0 or more',
      got: valueText(threshold),
    });
  }
  return (parts) => parts.map((part) => fromThreshold(part, threshold));
}

/**
 * Prunes each weight to a sparsity as TensorFlow Model Optimization does: weights that equal the least one kept are kept,
 * too, and at least one is. Earlier masks stay; a sparsity is one of the whole weight. See {@link l1Unstructured} for
 * targets and errors.
 * @param sparsity the share of zeros, from 0 to 1.
 */
export function magnitudeSparsity<T extends Target>(
  target: T,
  sparsity: number,
  options: TargetOptions = {},
): Pruned<T> {
  checkOptions<TargetOptions>(options, TARGET_KINDS, { where: 'magnitudeSparsity' });
  return pruned(target, options, chooseMagnitude(sparsity, 'magnitudeSparsity'), 'magnitudeSparsity');
}

/** The choice of {@link magnitudeSparsity}. */
export function chooseMagnitude(sparsity: number, subject: string): Choose {
  checkSparsity(sparsity, subject);
  return (parts) => parts.map((part) => largestMagnitudes(part, sparsity));
}
