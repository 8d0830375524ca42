import { sharedDir } from '@tfjs-optimize/testing';
import type { Augment, Batch, Examples, Random } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Pixels of a side. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** Images of 28 × 28 grey pixels in ten classes, to train on and to test with. */
export interface Digits {
  readonly training: Examples;
  readonly test: Examples;
}

/** Why data is not there, or undefined. */
export function missing(name: 'mnist' | 'fashion-mnist'): string | undefined {
  return sharedDir('data', name) === undefined ? `data/${name} of the shared folder is not there` : undefined;
}

/**
 * MNIST or Fashion-MNIST from the shared folder, pixels from 0 to 1.
 * @param shape of one image: rows of pixels, or [28, 28, 1].
 * @param count training images, the first ones.
 */
export function digits(name: 'mnist' | 'fashion-mnist', shape: readonly number[], count = 60_000): Digits {
  const folder = sharedDir('data', name) as string;
  const read = (file: string): Uint8Array => gunzipSync(fs.readFileSync(path.join(folder, file)));
  const examples = (part: string, first: number): Examples => {
    const [images, labels] = [
      read(`${part}-images-idx3-ubyte.gz`).subarray(16),
      read(`${part}-labels-idx1-ubyte.gz`).subarray(8),
    ];
    const size = Math.min(first, labels.length);
    return {
      inputs: { values: images.subarray(0, size * PIXELS), shape: [size, ...shape], scale: 1 / 255 },
      labels: { values: Int32Array.from(labels.subarray(0, size)), shape: [size] },
    };
  };
  return { training: examples('train', count), test: examples('t10k', 10_000) };
}

/** Moves every image by up to some pixels in each direction, as Hinton's teacher saw them. */
export const jitter =
  (most: number) =>
  ({ inputs, labels }: Batch, random: Random): Batch => {
    const images = (inputs as tf.Tensor).dataSync<'float32'>();
    const moved = new Float32Array(images.length);
    for (let start = 0; start < images.length; start += PIXELS) {
      const [x, y] = [random.integer(2 * most + 1) - most, random.integer(2 * most + 1) - most];
      const [left, right] = [Math.max(0, -x), Math.min(SIDE, SIDE - x)];
      for (let row = Math.max(0, -y); row < Math.min(SIDE, SIDE - y); row++) {
        const from = start + (row + y) * SIDE + x;
        moved.set(images.subarray(from + left, from + right), start + row * SIDE + left);
      }
    }
    return { inputs: tf.tensor(moved, (inputs as tf.Tensor).shape), ...(labels && { labels }) };
  };

/** Mirrors every other image at random, as clothes may lie either way. */
export const flip: Augment = ({ inputs, labels }, random) => {
  const images = inputs as tf.Tensor4D;
  const chosen = Array.from({ length: images.shape[0] }, () => random.integer(2));
  const isMirrored = tf.cast(tf.tensor(chosen, [chosen.length, 1, 1, 1]), 'bool');
  return { inputs: tf.where(isMirrored, tf.reverse(images, 2), images), ...(labels && { labels }) };
};
