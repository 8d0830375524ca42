import * as path from 'node:path';
import { loadModel, Random, type Model } from '@tfjs-optimize/core';
import { sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { photos } from './photos.js';

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

/** The likeliest class of each of some photos, one photo at a call: ranges of dynamic int8 are those of a call. */
export function classesOf(model: Model, indexes: readonly number[]): number[] {
  const { tensor } = photos();
  return indexes.map((index) =>
    tf.tidy(() => tf.argMax((model.run(tensor([index])) as [tf.Tensor])[0], -1).dataSync()[0] as number),
  );
}
