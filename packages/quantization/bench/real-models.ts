import * as fs from 'node:fs';
import * as path from 'node:path';
import { loadModel, Random, type Model } from '@tfjs-optimize/core';
import { sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { decode } from 'jpeg-js';

/** What a benchmark waits for. */
export function missing(...parts: readonly string[]): string | undefined {
  return sharedDir(...parts) === undefined
    ? `${['..', 'shared', ...parts].join('/')} is not there`
    : undefined;
}

/** A model of the shared data. */
export function sharedModel(name: string): Promise<Model> {
  return loadModel(path.join(sharedDir('data', 'models', name) ?? name, 'model.json'));
}

const ALPHABET = '0123456789+ ';

/** Sums of two numbers from 1 to 99 as the network of sums reads them: one-hot [n, 7, 12], and the answers. */
export function sums(count: number, seed: number): { readonly x: tf.Tensor3D; readonly answers: string[] } {
  const random = Random.of(seed);
  const pairs = Array.from(
    { length: count },
    () => [random.integer(99) + 1, random.integer(99) + 1] as const,
  );
  const letters = pairs.flatMap(([a, b]) =>
    [...`${a}+${b}`.padEnd(7)].map((letter) => ALPHABET.indexOf(letter)),
  );
  const x = tf.tidy(() => tf.oneHot(tf.tensor2d(letters, [count, 7], 'int32'), 12).toFloat() as tf.Tensor3D);
  return { x, answers: pairs.map(([a, b]) => String(a + b).padEnd(3)) };
}

/** What the network of sums answers, as text. */
export function answersOf(model: Model, x: tf.Tensor): string[] {
  const best = tf.tidy(() => tf.argMax(model.run(x)[0] as tf.Tensor, -1).arraySync()) as number[][];
  return best.map((row) => row.map((letter) => ALPHABET[letter]).join(''));
}

/** The token that the language model finds likeliest behind each of some. */
export function nextTokens(model: Model, tokens: readonly number[]): number[] {
  return tokens.map((token) =>
    tf.tidy(() => {
      const [y] = model.run(tf.tensor2d([token], [1, 1], 'int32')) as [tf.Tensor];
      return tf.argMax(y, -1).dataSync()[0] as number;
    }),
  );
}

/** A photo as MobileNet takes it, and what it shows. */
export interface Photo {
  readonly pixels: tf.Tensor4D;
  readonly label: number;
}

/** Labelled photos: shorter side 256, the middle 224×224, in [-1, 1]. Every `step`-th of 150. */
export function photos(step = 1): Photo[] {
  const folder = sharedDir('data', 'imagenet-sample-150') ?? '.';
  const rows = fs.readFileSync(path.join(folder, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
  return rows
    .filter((_, i) => i % step === 0)
    .map((row) => {
      const [file = '', , label] = row.split(',');
      return { pixels: photo(path.join(folder, 'images', file)), label: Number(label) };
    });
}

function photo(file: string): tf.Tensor4D {
  const { width, height, data } = decode(fs.readFileSync(file), { useTArray: true, formatAsRGBA: false });
  return tf.tidy(() => {
    const scale = 256 / Math.min(width, height);
    const size: [number, number] = [Math.round(height * scale), Math.round(width * scale)];
    const scaled = tf.image.resizeBilinear(tf.tensor3d(Float32Array.from(data), [height, width, 3]), size);
    const [top, left] = size.map((length) => (length - 224) >> 1) as [number, number];
    return scaled
      .slice([top, left, 0], [224, 224, 3])
      .expandDims<tf.Tensor4D>(0)
      .mul(2 / 255)
      .sub(1);
  });
}

/** The likeliest class of each photo. */
export function classesOf(model: Model, all: readonly Photo[]): number[] {
  return all.map(({ pixels }) =>
    tf.tidy(() => tf.argMax((model.run(pixels) as [tf.Tensor])[0], -1).dataSync()[0] as number),
  );
}
