import type * as tf from '@tensorflow/tfjs';
import type { Model } from './model.js';

/*
 * What kind of model something is, told by what it can do: `instanceof` knows one copy of a package only,
 * and a program may hold several.
 */

export function isModel(value: unknown): value is Model {
  return has(value, 'graph', 'weights', 'signature', 'runAsync');
}

export function isLayersModel(value: unknown): value is tf.LayersModel {
  return has(value, 'layers', 'getWeights', 'predict');
}

/** A stock graph model, however it was loaded. */
export type StockGraphModel = tf.GraphModel | tf.GraphModel<tf.io.IOHandlerSync>;

export function isGraphModel(value: unknown): value is StockGraphModel {
  return has(value, 'executeAsync', 'modelSignature', 'save');
}

function has(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}
