import { fit, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';

/** Steps of a call of {@link trainSteps}. */
export const STEPS = 4;
export const BATCH = 64;

let untrained: Model | undefined;

/** A convolutional network for images of 32 × 32 in ten classes, with the same weights in every process. */
function network(): Model {
  const conv = (filters: number, more: { readonly inputShape?: number[] } = {}): tf.layers.Layer =>
    tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', ...more });
  const pool = (): tf.layers.Layer => tf.layers.maxPooling2d({ poolSize: 2 });
  const layers = tf.sequential({
    layers: [
      conv(32, { inputShape: [32, 32, 3] }),
      conv(32),
      pool(),
      conv(64),
      conv(64),
      pool(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 256, activation: 'relu' }),
      tf.layers.dense({ units: 10 }),
    ],
  });
  return traceLayersModel(nets.seedWeights(layers, 1));
}

/**
 * An epoch of core's training loop over {@link STEPS} batches, from the same weights each time: gives the mean of the
 * losses, of which all but the first tell of gradients and steps, too.
 */
export async function trainSteps(tensors: tf.Tensor[]): Promise<number> {
  const [inputs, labels] = tensors as [tf.Tensor, tf.Tensor];
  untrained ??= network();
  const { model, history } = await fit(untrained, {
    ...{ data: { inputs, labels }, epochs: 1, batchSize: BATCH, shuffle: false },
    ...{ loss: 'crossEntropy', optimizer: 'adam', learningRate: 1e-3 },
  });
  model.dispose();
  return history[0]?.numbers['loss'] ?? NaN;
}

/** Images and classes for {@link trainSteps}. */
export function trainingData(seed: number): tf.Tensor[] {
  const examples = STEPS * BATCH;
  const next = nets.uniforms(seed + 1);
  const classes = Int32Array.from({ length: examples }, () => Math.floor(10 * next()));
  return [nets.uniformTensor([examples, 32, 32, 3], seed), tf.tensor1d(classes, 'int32')];
}
