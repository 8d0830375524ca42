import type { BenchCase, BenchContext } from '@tfjs-optimize/benchmark';
import { loadModel, makeContext, runPass, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { sharedDir } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { photos } from './photos.js';

export const MOBILENET = 'mobilenet-v1-025-imagenet-layers';
/** Every third photo calibrates; labels are not looked at for that. All are scored. */
export const STEP = 3;

/** What a case gives. */
export type Row = ReturnType<BenchCase['run']>;
/** What a case gets, and its own name. */
export type Named = BenchContext & { readonly id: string };
export const missing = (model: string, data: string) => () =>
  sharedDir('data', data) === undefined || sharedDir('data', 'models', model) === undefined
    ? `data/${data} or data/models/${model} of the shared folder is not there`
    : undefined;

export async function fused(name: string): Promise<Model> {
  const model = await loadModel(path.join(sharedDir('data', 'models', name) as string, 'model.json'));
  return (await runPass(inference(), model, makeContext())).model;
}

/** The photos that calibrate. */
export function calibrating(): tf.Tensor {
  const { count, tensor } = photos();
  return tensor(Array.from({ length: Math.ceil(count / STEP) }, (_, i) => STEP * i));
}

/** The class of each example, a batch after the other. */
export function classes(
  model: Model,
  count: number,
  batch: number,
  give: (indexes: number[]) => tf.Tensor,
): number[] {
  const found: number[] = [];
  for (let start = 0; start < count; start += batch) {
    const indexes = Array.from({ length: Math.min(batch, count - start) }, (_, i) => start + i);
    found.push(
      ...tf.tidy(() => tf.argMax(model.run(give(indexes))[0] as tf.Tensor, -1).arraySync() as number[]),
    );
  }
  model.dispose();
  return found;
}

export const right = (found: readonly number[], indexes?: readonly number[]): number => {
  const { labels } = photos();
  return found.filter((each, i) => each === labels[i] && (indexes === undefined || indexes.includes(i)))
    .length;
};
export const agreeing = (a: readonly number[], b: readonly number[]): number =>
  a.filter((each, i) => each === b[i]).length;
export const row = (
  id: string,
  value: number,
  unit: string,
  n: number,
  note: string,
  atMost: number,
): Awaited<Row> => ({
  ...{ id, value, low: value, high: value, unit, n, note, target: { atMost } },
});

export const mobileCase = (id: string, what: string, run: (context: Named) => Row): BenchCase => ({
  id,
  what,
  missing: missing(MOBILENET, 'imagenet-sample-150'),
  run: (context) => run({ ...context, id }),
});
