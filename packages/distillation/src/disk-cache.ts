import {
  fail,
  GraphBuilder,
  isOptimizeError,
  loadModel,
  Weight,
  weightHash,
  type Column,
  type Examples,
  type JsonObject,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { Answers } from './cache.js';

/** What a cache is of: hashes of teachers, with the values asked for, and of the examples. */
export interface CacheKey {
  readonly teachers: string;
  readonly examples: string;
}

const KEY = 'tfjsOptimizeTeacher';

/** Writes what teachers said into a folder, as a graph model of constants. */
export async function saveAnswers(folder: string, answers: Answers, key: CacheKey): Promise<void> {
  const builder = new GraphBuilder();
  answers.stored.columns.forEach(({ shape, rows }, i) => {
    const value = builder.constant(`answers/${i}`, rows, [answers.size, ...shape]);
    builder.output(builder.op('Identity', [value], {}, `values/${i}`));
  });
  const model = builder.build();
  const metadata: JsonObject = { [KEY]: { ...key } };
  await model.with({ extras: { userDefinedMetadata: metadata } }).save(folder, { overwrite: true });
}

/**
 * What teachers said, from a folder; undefined where there is none.
 * @throws `distillation/cache` where it is of other teachers or examples.
 */
export async function loadAnswers(folder: string, key: CacheKey): Promise<Answers | undefined> {
  let model;
  try {
    model = await loadModel(folder);
  } catch (error) {
    if (isOptimizeError(error) && error.code === 'io/not-found') return undefined;
    throw error;
  }
  const stored = (model.extras.userDefinedMetadata?.[KEY] ?? {}) as Partial<CacheKey>;
  for (const part of ['teachers', 'examples'] as const) {
    if (stored[part] === key[part]) continue;
    fail('distillation/cache', {
      subject: folder,
      expected: `answers of these teachers for these examples`,
      got: stored[part] === undefined ? 'another model' : `those of other ${part}`,
      advice: 'Give another folder, or remove this one',
    });
  }
  const columns = [...model.weights].map(([, weight]) => ({
    shape: weight.shape.slice(1),
    rows: weight.numbers() as Float32Array,
  }));
  return Answers.of({ size: [...model.weights][0]?.[1].shape[0] ?? 0, columns });
}

/** A hash of the inputs of all examples. */
export async function examplesHash({ inputs }: Examples): Promise<string> {
  const isOne = inputs instanceof tf.Tensor || 'values' in inputs;
  const columns = isOne ? [['', inputs as Column] as const] : Object.entries(inputs);
  const hashes = columns.map(async ([name, column]) => {
    const values = column instanceof tf.Tensor ? await column.data() : column.values;
    const scale = column instanceof tf.Tensor ? 1 : (column.scale ?? 1);
    return `${name} ${scale} ${weightHash(Weight.of(values as Float32Array, column.shape))}`;
  });
  return (await Promise.all(hashes)).join('\n');
}
