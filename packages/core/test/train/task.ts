import { nets, tempFolder } from '@tfjs-optimize/testing';
import { traceLayersModel, type FitOptions, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';

/** 100 examples of three classes that six numbers tell apart. */
export const EXAMPLES = 100;
export const CLASSES = 3;

/** Numbers with the class in the first of them, and class numbers. */
export function examples(seed = 1): { readonly inputs: tf.Tensor2D; readonly labels: tf.Tensor1D } {
  return {
    labels: tf.tensor1d(
      Array.from({ length: EXAMPLES }, (_, i) => i % CLASSES),
      'int32',
    ),
    inputs: tf.tidy(() => {
      const noise = nets.uniformTensor([EXAMPLES, 6], seed, -1, 1) as tf.Tensor2D;
      const signal = tf.tensor2d(Array.from({ length: EXAMPLES }, (_, i) => [(i % CLASSES) - 1]));
      return tf.concat2d([noise.slice([0, 0], [-1, 5]), signal], 1);
    }),
  };
}

/** All that training treats in its own way: regularizers, batch norm, noise, a softmax. */
export function layersModel(seed = 1): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 16,
        inputShape: [6],
        activation: 'relu',
        kernelRegularizer: tf.regularizers.l1l2({ l1: 0.001, l2: 0.002 }),
        name: 'hidden',
      }),
      tf.layers.batchNormalization({ momentum: 0.8, name: 'norm' }),
      tf.layers.dropout({ rate: 0.3, name: 'drop' }),
      tf.layers.gaussianNoise({ stddev: 0.1, name: 'noise' }),
      tf.layers.dense({ units: CLASSES, activation: 'softmax', name: 'scores' }),
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

export const SETTINGS = {
  loss: 'crossEntropy',
  epochs: 4,
  batchSize: 16,
  metrics: ['accuracy'],
  learningRate: 0.01,
  seed: 7,
} as const satisfies Omit<FitOptions, 'data'>;

/** Bytes of all weights, for equality bit for bit. */
export function bytesOf(model: Model): Record<string, string> {
  return Object.fromEntries(
    [...model.weights].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')]),
  );
}

export function checkpointFolder(): string {
  return path.join(tempFolder('training'), 'checkpoint');
}
