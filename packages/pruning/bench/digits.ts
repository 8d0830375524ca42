import { sharedDir } from '@tfjs-optimize/testing';
import { evaluateModel, type Examples, type Model } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';

const PIXELS = 784;

/** Images of 28 × 28 grey pixels in ten classes, pixels from 0 to 1. */
export interface Digits {
  readonly training: Examples;
  readonly test: Examples;
}

export type DigitsName = 'mnist' | 'fashion-mnist';

/** Why data is not there, or undefined. */
export function missing(name: DigitsName): string | undefined {
  return sharedDir('data', name) === undefined ? `data/${name} of the shared folder is not there` : undefined;
}

/**
 * Images from the shared folder.
 * @param shape of one image: [784] or [28, 28, 1].
 * @param count training images, the first ones; all 60 000 unless told. There are 10 000 to test with.
 */
export function digits(name: DigitsName, shape: readonly number[], count = 60_000): Digits {
  const folder = sharedDir('data', name) as string;
  const read = (file: string): Uint8Array => gunzipSync(fs.readFileSync(path.join(folder, file)));
  const examples = (part: string, most: number): Examples => {
    const labels = read(`${part}-labels-idx1-ubyte.gz`).subarray(8);
    const images = read(`${part}-images-idx3-ubyte.gz`).subarray(16);
    const size = Math.min(most, labels.length);
    return {
      inputs: { values: images.subarray(0, size * PIXELS), shape: [size, ...shape], scale: 1 / 255 },
      labels: { values: Int32Array.from(labels.subarray(0, size)), shape: [size] },
    };
  };
  return { training: examples('train', count), test: examples('t10k', 10_000) };
}

/** Right answers in hundredths of the test images; tensors of the model are freed. */
export async function pointsOf(model: Model, data: Examples): Promise<number> {
  const { accuracy = NaN } = await evaluateModel(model, {
    ...{ data, loss: 'crossEntropy', batchSize: 500 },
    metrics: ['accuracy'],
  });
  model.dispose();
  return 100 * accuracy;
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** `98.31 (98.25, 98.37)`: the mean, and what it is of. */
export function spreadText(values: readonly number[]): string {
  const each = [...values].sort((a, b) => a - b).map((value) => value.toFixed(2));
  return each.length === 1 ? (each[0] as string) : `${mean(values).toFixed(2)} (${each.join(', ')})`;
}
