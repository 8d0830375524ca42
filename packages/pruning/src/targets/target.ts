import { fail, isLayersModel, isModel, valueText, type Model, type Weight } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { isLayer, isTensor, isWeight } from './kinds.js';
import { prunedLayers, type PrunedLayer } from './layer.js';
import { prunedModel, type ModelOptions, type PrunedModel } from './model.js';
import type { Choose } from './part.js';
import {
  prunedTensor,
  prunedWeight,
  type PrunedTensor,
  type PrunedWeight,
  type TensorOptions,
} from './tensor.js';

/** What can be pruned: whole models, one layer, or bare numbers. */
export type Target = Model | tf.LayersModel | tf.layers.Layer | Weight | tf.Tensor;

/** What pruning gives for each kind of target. */
export type Pruned<T extends Target> = T extends Model | tf.LayersModel
  ? PrunedModel
  : T extends tf.layers.Layer
    ? PrunedLayer
    : T extends Weight
      ? PrunedWeight
      : PrunedTensor;

/** Options of all kinds of targets: those of models for models, `mask` for tensors and weights, none for layers. */
export interface TargetOptions extends ModelOptions, TensorOptions {}

const OF_MODELS = ['layers', 'exclude', 'weights', 'inputShapes'] as const;

/**
 * Prunes whatever it is given.
 * @throws `argument/invalid` for what cannot be pruned at all, and for options that its kind does not take.
 */
export function pruned<T extends Target>(
  target: T,
  options: TargetOptions,
  choose: Choose,
  subject: string,
): Pruned<T> {
  const given: Target = target;
  return prunedAny(given, options, choose, subject) as Pruned<T>;
}

function prunedAny(
  target: Target,
  options: TargetOptions,
  choose: Choose,
  subject: string,
): PrunedModel | PrunedLayer | PrunedWeight | PrunedTensor {
  if (isModel(target) || isLayersModel(target)) {
    refuseOptions(options, ['mask'], 'a model', subject);
    return prunedModel(target, options, choose, subject);
  }
  if (isLayer(target)) {
    refuseOptions(options, ['mask', ...OF_MODELS], 'a layer', subject);
    return prunedLayers([target], choose, subject)[0] as PrunedLayer;
  }
  refuseOptions(options, OF_MODELS, 'a tensor or weight', subject);
  if (isTensor(target)) return prunedTensor(target, options, choose, subject);
  if (isWeight(target)) return prunedWeight(target, options, choose, subject);
  return fail('argument/invalid', {
    subject,
    expected: 'a Model, a layers model, a layer, a tensor or a Weight',
    got: valueText(target),
    advice: 'Read files and graph models with loadModel',
  });
}

function refuseOptions(
  options: TargetOptions,
  names: readonly (keyof TargetOptions)[],
  what: string,
  subject: string,
): void {
  const name = names.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  fail('argument/invalid', { subject: `${subject}: ${name}`, expected: `none for ${what}`, got: 'one' });
}
