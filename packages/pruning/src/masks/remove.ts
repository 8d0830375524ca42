import { fail, isLayersModel, isModel, valueText, type Model, type Stage } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { isLayer } from '../targets/kinds.js';
import { forgetLayerMask } from './layer-masks.js';
import { masksFact } from './masks-fact.js';

/**
 * Makes pruning permanent: zeros stay in the weights, and nothing keeps them from training any more. A model without the
 * masks comes back, the very one given where it has none; a layer or layers model forgets its masks and comes back. Quantize
 * before: what becomes integers keeps its zeros for certain where a mask tells of them.
 * @throws `argument/invalid` for what is neither.
 */
export function remove<S extends Stage>(model: Model<S>): Model<S>;
export function remove<L extends tf.layers.Layer | tf.LayersModel>(layers: L): L;
export function remove(target: Model | tf.layers.Layer | tf.LayersModel): Model | tf.layers.Layer {
  if (isModel(target)) {
    const facts = target.facts.without(masksFact);
    return facts === target.facts ? target : target.with({ facts });
  }
  if (isLayer(target) || isLayersModel(target)) {
    for (const variable of target.weights) forgetLayerMask(variable);
    return target;
  }
  return fail('argument/invalid', {
    subject: 'remove',
    expected: 'a Model, a layer or a layers model',
    got: valueText(target),
  });
}
