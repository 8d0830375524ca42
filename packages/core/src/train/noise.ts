import * as tf from '@tensorflow/tfjs';
import type { Noise } from '../graph/training-attrs.js';
import type { Random } from '../random.js';

/** 2^32: random bits are below it. */
const RANGE = 2 ** 32;

/** Scale and slope of selu (Klambauer et al. 2017); alpha dropout sets what it drops to the value far left. */
const SELU_FLOOR = -1.0507009873554805 * 1.6732632423543772;

/**
 * What a layer of noise makes of its input in a step of training, as the layers of tf.layers define it. Numbers are
 * drawn in JavaScript, so that they are the same on every backend.
 */
export function addNoise(x: tf.Tensor, { kind, amount, shape }: Noise, random: Random): tf.Tensor {
  const sizes = (shape ?? x.shape).map((size, axis) => (size < 0 ? (x.shape[axis] as number) : size));
  const count = sizes.reduce((a, b) => a * b, 1);
  const numbers = (draw: (values: Float32Array) => void): tf.Tensor => {
    const values = new Float32Array(count);
    draw(values);
    return tf.tensor(values, sizes, 'float32');
  };
  switch (kind) {
    case 'dropout':
      return tf.mul(
        x,
        numbers((values) => keep(values, amount, 1 / (1 - amount), random)),
      );
    case 'gaussian-noise':
      return tf.add(
        x,
        numbers((values) => normals(values, 0, amount, random)),
      );
    case 'gaussian-dropout':
      return tf.mul(
        x,
        numbers((values) => normals(values, 1, Math.sqrt(amount / (1 - amount)), random)),
      );
    case 'alpha-dropout': {
      const kept = numbers((values) => keep(values, amount, 1, random));
      const dropped = tf.mul(tf.sub(1, kept), SELU_FLOOR);
      // To the mean and variance that it had.
      const factor = 1 / Math.sqrt((1 - amount) * (1 + amount * SELU_FLOOR ** 2));
      return tf.add(tf.mul(tf.add(tf.mul(x, kept), dropped), factor), -factor * SELU_FLOOR * amount);
    }
  }
}

/** Zeros with the probability of the rate, and a value elsewhere. */
function keep(values: Float32Array, rate: number, value: number, random: Random): void {
  const limit = rate * RANGE;
  for (let i = 0; i < values.length; i++) values[i] = random.bits() >= limit ? value : 0;
}

function normals(values: Float32Array, mean: number, deviation: number, random: Random): void {
  for (let i = 0; i < values.length; i++) values[i] = random.normal(mean, deviation);
}
