import { sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { decode } from 'jpeg-js';
import * as fs from 'node:fs';
import * as path from 'node:path';

const SIDE = 224;
const SHORTER = 256;
const SIZE = SIDE * SIDE * 3;

/** Photos as MobileNet takes them, and their classes. */
export interface Photos {
  readonly count: number;
  readonly labels: readonly number[];
  /** [n, 224, 224, 3] in [-1, 1]. */
  tensor(indexes: readonly number[]): tf.Tensor;
}

let known: Photos | undefined;

/** The 150 photos: shorter side 256 by a triangle filter, as Pillow has it, and the middle 224 × 224 of that. */
export function photos(): Photos {
  return (known ??= readPhotos());
}

function readPhotos(): Photos {
  const folder = sharedDir('data', 'imagenet-sample-150') as string;
  const rows = fs.readFileSync(path.join(folder, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
  const decoded = new Map<number, Uint8Array>();
  const pixelsOf = (index: number): Uint8Array => {
    const [name] = (rows[index] as string).split(',') as [string];
    const pixels = decoded.get(index) ?? photo(path.join(folder, 'images', name));
    decoded.set(index, pixels);
    return pixels;
  };
  return {
    count: rows.length,
    labels: rows.map((row) => Number(row.split(',')[2])),
    tensor: (indexes) => {
      const values = new Float32Array(indexes.length * SIZE);
      indexes.forEach((index, at) => {
        pixelsOf(index).forEach((value, i) => (values[at * SIZE + i] = value * (2 / 255) - 1));
      });
      return tf.tensor(values, [indexes.length, SIDE, SIDE, 3]);
    },
  };
}

interface Taps {
  readonly first: number;
  readonly shares: readonly number[];
}

function tapsOf(from: number, to: number): Taps[] {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    const weights = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / reach)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, shares: weights.map((weight) => weight / sum) };
  });
}

function photo(file: string): Uint8Array {
  const options = { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 1024 } as const;
  const { width, height, data } = decode(fs.readFileSync(file), options);
  const scale = SHORTER / Math.min(width, height);
  const [columns, lines] = [Math.round(width * scale), Math.round(height * scale)];
  const across = tapsOf(width, columns).slice((columns - SIDE) >> 1);
  const down = tapsOf(height, lines).slice((lines - SIDE) >> 1);
  const narrow = new Uint8Array(height * SIDE * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < SIDE; x++) {
      const { first, shares } = across[x] as Taps;
      for (let c = 0; c < 3; c++) {
        const at = (y * width + first) * 3 + c;
        narrow[(y * SIDE + x) * 3 + c] = mixed(shares, (k) => data[at + 3 * k] as number);
      }
    }
  }
  const out = new Uint8Array(SIZE);
  for (let y = 0; y < SIDE; y++) {
    const { first, shares } = down[y] as Taps;
    for (let x = 0; x < SIDE * 3; x++) {
      out[y * SIDE * 3 + x] = mixed(shares, (k) => narrow[(first + k) * SIDE * 3 + x] as number);
    }
  }
  return out;
}

function mixed(shares: readonly number[], value: (k: number) => number): number {
  return Math.round(shares.reduce((sum, share, k) => sum + share * value(k), 0));
}
