import { executorOf, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';

export const SIZE = 90;
export const CLASSES = 3;

/** Numbers of which the class is that of the largest of the first three, and the class. */
export function examples(seed = 1): { readonly inputs: tf.Tensor2D; readonly labels: tf.Tensor1D } {
  const inputs = nets.uniformTensor([SIZE, 6], seed, -1, 1) as tf.Tensor2D;
  const labels = tf.tidy(() => tf.argMax(inputs.slice([0, 0], [-1, CLASSES]), 1).toInt() as tf.Tensor1D);
  return { inputs, labels };
}

/** Dense layers `dense_0`, `dense_1`, …, without a softmax at the end. */
export function net(widths: readonly number[], seed: number): Model<'float'> {
  const layers = nets.mlp({ widths, seed });
  const model = traceLayersModel(layers);
  layers.dispose();
  return model;
}

export const SETTINGS = { epochs: 3, batchSize: 32, seed: 3, learningRate: 0.01 } as const;

export function outputOf(model: Model, inputs: tf.Tensor): Float32Array {
  return tf.tidy(() => (model.run(inputs)[0] as tf.Tensor).dataSync() as Float32Array);
}

/** Stored bytes of each weight. */
export function bytesOf(model: Model): Record<string, string> {
  return Object.fromEntries(
    [...model.weights].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')]),
  );
}

/** How often a model is run while work is done, by any executor. */
export async function runsOf(model: Model, work: () => Promise<unknown>): Promise<number> {
  const executor = executorOf(model);
  const executeAsync = executor.executeAsync.bind(executor);
  let runs = 0;
  executor.executeAsync = (...args) => {
    runs++;
    return executeAsync(...args);
  };
  try {
    await work();
  } finally {
    executor.executeAsync = executeAsync;
  }
  return runs;
}
