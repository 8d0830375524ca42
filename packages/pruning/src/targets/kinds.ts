import { isLayersModel, isModel, Weight } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/** Whether something is a layer of tf.layers and no whole model. */
export function isLayer(value: unknown): value is tf.layers.Layer {
  if (typeof value !== 'object' || value === null || isModel(value) || isLayersModel(value)) return false;
  return ['getWeights', 'trainableWeights', 'getClassName'].every((key) => key in value);
}

/** Whether something is a tensor that holds numbers of its own. */
export function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

/** Whether something is a weight of core, of whichever copy of that package. */
export function isWeight(value: unknown): value is Weight {
  if (value instanceof Weight) return true;
  return typeof value === 'object' && value !== null && 'storedBytes' in value && 'encoding' in value;
}
