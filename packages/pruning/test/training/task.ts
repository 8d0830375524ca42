import { nets } from '@tfjs-optimize/testing';
import { traceLayersModel, type FitOptions, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

export const EXAMPLES = 64;

const next = nets.uniforms(3);

/** Images of 4 × 4 in two channels, of three classes. */
export const DATA = {
  inputs: {
    values: Float32Array.from({ length: EXAMPLES * 32 }, () => 2 * next() - 1),
    shape: [EXAMPLES, 4, 4, 2],
  },
  labels: { values: Int32Array.from({ length: EXAMPLES }, (_, i) => (i * 7) % 3), shape: [EXAMPLES] },
};

/** A convolution, a batch normalization and two dense layers. */
export function layersModel(seed = 1): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [4, 4, 2], name: 'conv', useBias: false }),
      tf.layers.batchNormalization({ momentum: 0.8, name: 'norm' }),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 12, activation: 'relu', name: 'hidden' }),
      tf.layers.dense({ units: 3, activation: 'softmax', name: 'scores' }),
    ],
  });
  return nets.seedWeights(model, seed);
}

export function tracedModel(seed = 1): Model<'float'> {
  const layers = layersModel(seed);
  const model = traceLayersModel(layers);
  layers.dispose();
  return model;
}

/** Four steps to an epoch. */
export const SETTINGS = {
  data: DATA,
  loss: 'crossEntropy',
  epochs: 5,
  batchSize: 16,
  learningRate: 0.01,
  seed: 7,
} as const satisfies FitOptions;

/** Zeros of a weight. */
export function zerosOf(model: Model, name: string): number {
  return [...model.weights.need(name).numbers()].filter((value) => value === 0).length;
}

/** Bytes of all weights, for equality bit for bit. */
export function bytesOf(model: Model): Record<string, string> {
  return Object.fromEntries(
    [...model.weights].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')]),
  );
}
