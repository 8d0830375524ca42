import {
  fail,
  GraphBuilder,
  isOptimizeError,
  loadModel,
  modelDigest,
  Weight,
  weightHash,
  type Column,
  type Examples,
  type JsonObject,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { Answers } from './cache.js';
import type { Lesson } from './lesson.js';

/** What a cache is of: hashes of teachers and of the examples, and names of the values asked for. */
export interface CacheKey {
  readonly teachers: string;
  readonly values: string;
  readonly examples: string;
}

const KEY = 'tfjsOptimizeTeacher';
const KNOWN = 'known';

/** What tells a cache of these teachers, values and examples from one of others. */
export async function cacheKeyOf({ teachers, asked }: Lesson, examples: Examples): Promise<CacheKey> {
  return {
    teachers: teachers.map(({ model }) => modelDigest(model)).join('\n'),
    values: asked.map((values) => values.join(' ')).join('\n'),
    examples: await examplesHash(examples),
  };
}

/** Writes what teachers said into a folder, as a graph model of constants. */
export async function saveAnswers(folder: string, answers: Answers, key: CacheKey): Promise<void> {
  const builder = new GraphBuilder();
  const { size } = answers;
  const keep = (name: string, constant: string): void => {
    builder.output(builder.op('Identity', [constant], {}, name));
  };
  answers.columns.forEach(({ shape, rows }, i) => {
    keep(`values/${i}`, builder.constant(`answers/${i}`, rows, [size, ...shape]));
  });
  keep('which', builder.constant(KNOWN, answers.known, [size], 'bool'));
  const metadata: JsonObject = { [KEY]: { ...key } };
  const model = builder.build().with({ extras: { userDefinedMetadata: metadata } });
  await model.save(folder, { overwrite: true });
}

/**
 * What teachers said, from a folder; undefined where there is none.
 * @throws `distillation/cache` where it is of other teachers, values or examples.
 */
export async function loadAnswers(folder: string, key: CacheKey): Promise<Answers | undefined> {
  let model;
  try {
    model = await loadModel(folder);
  } catch (error) {
    if (isOptimizeError(error) && error.code === 'io/not-found') return undefined;
    throw error;
  }
  const stored = model.extras.userDefinedMetadata?.[KEY] as Partial<CacheKey> | undefined;
  for (const part of ['teachers', 'examples', 'values'] as const) {
    if (stored?.[part] === key[part]) continue;
    fail('distillation/cache', {
      subject: folder,
      expected: 'answers of these teachers for these examples',
      got: stored === undefined ? 'another model' : `those of other ${part}`,
      advice:
        part === 'values' && stored !== undefined
          ? 'The layers that are matched were others: give another folder, or remove this one'
          : 'Give another folder, or remove this one',
    });
  }
  const { weights } = model;
  // By number: files may have them in another order. Copied, since what is not known yet will be written into them.
  const columns = Array.from({ length: weights.size - 1 }, (_, i) => {
    const weight = weights.need(`answers/${i}`);
    return { shape: weight.shape.slice(1), rows: (weight.numbers() as Float32Array).slice() };
  });
  return Answers.of(columns, (weights.need(KNOWN).numbers() as Uint8Array).slice());
}

/** A hash of the inputs of all examples. */
export async function examplesHash({ inputs }: Examples): Promise<string> {
  const columns = isColumn(inputs) ? [['', inputs] as const] : Object.entries<Column>({ ...inputs });
  const sorted = [...columns].sort(([a], [b]) => (a < b ? -1 : 1));
  const hashes = sorted.map(async ([name, column]) => {
    const values = column instanceof tf.Tensor ? await column.data() : column.values;
    const scale = column instanceof tf.Tensor ? 1 : (column.scale ?? 1);
    return `${name} ${scale} ${weightHash(Weight.of(values as Float32Array, column.shape))}`;
  });
  return (await Promise.all(hashes)).join('\n');
}

/** Whether it is one input; lists have a method `values`. */
function isColumn(inputs: Examples['inputs']): inputs is Column {
  return inputs instanceof tf.Tensor || ('values' in inputs && ArrayBuffer.isView(inputs.values));
}
