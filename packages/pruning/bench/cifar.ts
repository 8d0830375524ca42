import { sharedDir } from '@tfjs-optimize/testing';
import type { Examples } from '@tfjs-optimize/core';
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
