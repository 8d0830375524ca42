import { sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Images of 28 × 28 grey pixels in ten classes. */
export interface Digits {
  /** Some of them as [n, 28, 28, 1] in [0, 1]. */
  readonly tensor: (indexes: readonly number[]) => tf.Tensor;
  readonly labels: Uint8Array;
  /** A byte for each pixel, of all images. */
  readonly pixels: Uint8Array;
}

/** MNIST or Fashion-MNIST from the shared folder. @param part `train` or `t10k`. */
export function digits(name: string, part: string): Digits {
  const folder = sharedDir('data', name) as string;
  const read = (file: string): Uint8Array => gunzipSync(fs.readFileSync(path.join(folder, file)));
  const pixels = read(`${part}-images-idx3-ubyte.gz`).subarray(16);
  return {
    pixels,
    labels: read(`${part}-labels-idx1-ubyte.gz`).subarray(8),
    tensor: (indexes) => {
      const values = new Float32Array(indexes.length * 784);
      indexes.forEach((index, at) => {
        pixels.subarray(784 * index, 784 * (index + 1)).forEach((v, i) => (values[at * 784 + i] = v / 255));
      });
      return tf.tensor(values, [indexes.length, 28, 28, 1]);
    },
  };
}
