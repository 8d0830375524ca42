import { sharedDir } from '@tfjs-optimize/testing';
import type { Augment, Examples } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';

const FOLDER = 'cifar10-subset';
const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const RECORD = 1 + CHANNELS * PLANE;

/** Why data is not there, or undefined. */
export function missingCifar(): string | undefined {
  return sharedDir('data', FOLDER) === undefined
    ? `data/${FOLDER} of the shared folder is not there`
    : undefined;
}

/**
 * The subset of CIFAR-10 in the shared folder: images of 32 × 32 × 3, pixels from 0 to 1, in ten classes; 1000 to test
 * with.
 * @param count training images, the first ones, of 3000.
 */
export function cifar(count: number): { readonly training: Examples; readonly test: Examples } {
  return { training: examples('train_3000.bin.gz', count), test: examples('test_1000.bin.gz', 1000) };
}

/** Records of a label and three planes become images whose channels lie side by side. */
function examples(file: string, most: number): Examples {
  const folder = sharedDir('data', FOLDER) as string;
  const bytes = gunzipSync(fs.readFileSync(path.join(folder, file)));
  const size = Math.min(most, bytes.length / RECORD);
  const values = new Uint8Array(size * CHANNELS * PLANE);
  const labels = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    labels[i] = bytes[i * RECORD] as number;
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let at = 0; at < PLANE; at++)
        values[(i * PLANE + at) * CHANNELS + channel] = bytes[
          i * RECORD + 1 + channel * PLANE + at
        ] as number;
  }
  return {
    inputs: { values, shape: [size, SIDE, SIDE, CHANNELS], scale: 1 / 255 },
    labels: { values: labels, shape: [size] },
  };
}

/** Pixels by which an image is moved at most. */
const MOST = 4;

/** Mirrors every other image at random and moves each by up to 4 pixels in each direction, as He et al. 2016 do. */
export const mirroredAndMoved: Augment = ({ inputs, labels }, random) => {
  const images = inputs as tf.Tensor4D;
  const from = images.dataSync<'float32'>();
  const to = new Float32Array(from.length);
  for (let start = 0; start < from.length; start += PLANE * CHANNELS) {
    const isMirrored = random.integer(2) === 1;
    const [right, down] = [random.integer(2 * MOST + 1) - MOST, random.integer(2 * MOST + 1) - MOST];
    for (let y = Math.max(0, -down); y < Math.min(SIDE, SIDE - down); y++)
      for (let x = Math.max(0, -right); x < Math.min(SIDE, SIDE - right); x++) {
        const source = isMirrored ? SIDE - 1 - x - right : x + right;
        const pixel = start + ((y + down) * SIDE + source) * CHANNELS;
        to.set(from.subarray(pixel, pixel + CHANNELS), start + (y * SIDE + x) * CHANNELS);
      }
  }
  return { inputs: tf.tensor(to, images.shape), ...(labels && { labels }) };
};
