import { loadModel, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/**
 * 8 inputs are doubled by `keep`, whose other weights are 0.01, and halved by `ends`; `dead` adds nothing, since what it
 * gives is multiplied by zeros. So `dead` bears all pruning, `keep` loses only what is small up to 7/8 of its weights.
 */
export async function model(): Promise<Model<'float'>> {
  const x = tf.input({ shape: [8], name: 'x' });
  const kept = tf.layers.dense({ units: 8, useBias: false, name: 'keep' }).apply(x) as tf.SymbolicTensor;
  const dead = tf.layers.dense({ units: 16, useBias: false, name: 'dead' }).apply(x) as tf.SymbolicTensor;
  const none = tf.layers.dense({ units: 8, useBias: false, name: 'none' }).apply(dead) as tf.SymbolicTensor;
  const sum = tf.layers.add({ name: 'sum' }).apply([kept, none]) as tf.SymbolicTensor;
  const y = tf.layers.dense({ units: 8, useBias: false, name: 'ends' }).apply(sum) as tf.SymbolicTensor;
  const layers = tf.model({ inputs: x, outputs: y });
  const set = (
    name: string,
    rows: number,
    columns: number,
    value: (i: number, j: number) => number,
  ): void => {
    const values = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (__, j) => value(i, j)),
    );
    const tensor = tf.tensor2d(values);
    layers.getLayer(name).setWeights([tensor]);
    tensor.dispose();
  };
  set('keep', 8, 8, (i, j) => (i === j ? 2 : 0.01));
  set('dead', 8, 16, (i, j) => 1 + i + j / 16);
  set('none', 16, 8, () => 0);
  set('ends', 8, 8, (i, j) => (i === j ? 0.5 : 0));
  const loaded = await loadModel(layers);
  layers.dispose();
  return loaded;
}

/** Two examples of it. */
export const DATA = {
  inputs: { values: Float32Array.from({ length: 16 }, (_, i) => 1 + (i % 3)), shape: [2, 8] },
};

/** The share of the large weights of `keep` that are left, of 8. */
export function score(given: Model): number {
  const values = [...given.weights.need('keep/kernel').numbers()];
  return values.filter((value) => value === 2).length / 8;
}
