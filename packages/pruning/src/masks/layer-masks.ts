import { layerWeightNames } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import type { Mask, Masks } from './mask.js';

/** Masks of variables of layers, as long as somebody holds these. */
const remembered = new WeakMap<tf.LayerVariable, Mask>();

/** Remembers the mask of a weight of a layer. */
export function setLayerMask(variable: tf.LayerVariable, mask: Mask): void {
  remembered.set(variable, mask);
}

/** The mask that a weight of a layer has. */
export function layerMask(variable: tf.LayerVariable): Mask | undefined {
  return remembered.get(variable);
}

/** Forgets the mask of a weight of a layer. Tells whether there was one. */
export function forgetLayerMask(variable: tf.LayerVariable): boolean {
  return remembered.delete(variable);
}

/** The masks that the layers of a model have, by the names that tracing gives their weights. */
export function masksOfLayers(model: tf.LayersModel): Masks {
  const found = new Map<string, Mask>();
  for (const [name, variable] of layerWeightNames(model)) {
    const mask = remembered.get(variable);
    if (mask !== undefined) found.set(name, mask);
  }
  return found;
}
