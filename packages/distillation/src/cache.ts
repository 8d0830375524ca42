import { fail, modelDigest, type Batch } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import type { Teacher } from './teacher.js';

/** Rows of one value of a teacher, one for each example. */
interface Column {
  readonly shape: readonly number[];
  readonly rows: Float32Array;
}

/** What a cache on disk holds. */
export interface StoredAnswers {
  readonly size: number;
  readonly columns: readonly Column[];
}

/** What teachers said of examples, so that they are asked once. */
export class Answers {
  private columns: Column[] | undefined;
  private readonly known: Uint8Array;
  private unknown: number;

  /** @param size examples. */
  constructor(readonly size: number) {
    this.known = new Uint8Array(size);
    this.unknown = size;
  }

  /** Answers that were kept on disk. */
  static of({ size, columns }: StoredAnswers): Answers {
    const answers = new Answers(size);
    answers.columns = [...columns];
    answers.known.fill(1);
    answers.unknown = 0;
    return answers;
  }

  /** Whether every example is known. */
  get isComplete(): boolean {
    return this.unknown === 0;
  }

  /** What is known, for the disk. */
  get stored(): StoredAnswers {
    return { size: this.size, columns: this.columns ?? [] };
  }

  /** The answers for examples, if all of them are known. */
  find(indices: Int32Array): tf.Tensor[] | undefined {
    if (this.columns === undefined || indices.some((index) => this.known[index] !== 1)) return undefined;
    return this.columns.map(({ shape, rows }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const picked = new Float32Array(indices.length * size);
      indices.forEach((index, i) => picked.set(rows.subarray(index * size, (index + 1) * size), i * size));
      return tf.tensor(picked, [indices.length, ...shape]);
    });
  }

  /** Takes up answers for examples; tensors stay the caller's. */
  async add(indices: Int32Array, tensors: readonly tf.Tensor[]): Promise<void> {
    this.columns ??= tensors.map(({ shape }) => {
      const row = shape.slice(1);
      return { shape: row, rows: new Float32Array(this.size * row.reduce((a, b) => a * b, 1)) };
    });
    for (const [i, { shape, rows }] of this.columns.entries()) {
      const values = (await (tensors[i] as tf.Tensor).data()) as Float32Array;
      const size = shape.reduce((a, b) => a * b, 1);
      indices.forEach((index, row) => rows.set(values.subarray(row * size, (row + 1) * size), index * size));
    }
    for (const index of indices) {
      if (this.known[index] === 0) this.unknown--;
      this.known[index] = 1;
    }
  }
}

/** What tells a cache of these teachers from one of others. */
export function teachersDigest(teachers: readonly Teacher[], values: readonly (readonly string[])[]): string {
  return teachers.map(({ model }, i) => `${modelDigest(model)} ${values[i]?.join(' ')}`).join('\n');
}

/** Values of all teachers for a batch that has numbers; asked only where they are not known. */
export async function answered(
  answers: Answers,
  batch: Batch,
  ask: () => Promise<tf.Tensor[]>,
): Promise<tf.Tensor[]> {
  const { indices } = batch;
  if (indices === undefined) return ask();
  const found = answers.find(indices);
  if (found !== undefined) return found;
  const tensors = await ask();
  const strange = tensors.find(({ shape }) => shape[0] !== indices.length);
  if (strange !== undefined) {
    tf.dispose(tensors);
    fail('distillation/cache', {
      subject: 'cache',
      expected: `values of a teacher with ${indices.length} examples along the first axis`,
      got: `shape [${strange.shape.join(',')}]`,
      advice: 'Distil with cache: false',
    });
  }
  await answers.add(indices, tensors);
  return tensors;
}
