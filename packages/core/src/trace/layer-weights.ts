import type * as tf from '@tensorflow/tfjs';

/**
 * The name of every weight of a layers model, as tracing gives it to the weight's `Const` node: the
 * name under which Keras and TensorFlow.js save it (`conv2d_1/kernel`), with `_1`, `_2`, … appended
 * where several weights of the model share that name. The order is that of `model.weights`, so names
 * follow from the model alone and trained values can be written back by them.
 */
export function layerWeightNames(model: tf.LayersModel): ReadonlyMap<string, tf.LayerVariable> {
  const names = new Map<string, tf.LayerVariable>();
  const seen = new Set<tf.LayerVariable>();
  for (const variable of model.weights) {
    if (seen.has(variable)) continue;
    seen.add(variable);
    let name = variable.originalName;
    for (let n = 1; names.has(name); n++) name = `${variable.originalName}_${n}`;
    names.set(name, variable);
  }
  return names;
}
