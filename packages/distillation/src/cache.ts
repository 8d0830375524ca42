import { fail, shapeText } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/** Rows of one value of a teacher, one for each example. */
export interface AnswerColumn {
  readonly shape: readonly number[];
  readonly rows: Float32Array;
}

/** Bytes that answers about so many examples take, by those about a batch. */
export function answerBytes(size: number, answers: readonly tf.Tensor[]): number {
  return answers.reduce((sum, { shape }) => sum + BYTES * size * sizeOf(shape.slice(1)), 0);
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What teachers said of examples, so that they are asked once. */
export class Answers {
  private unknown: number;

  /**
   * @param columns what is said of all examples.
   * @param known 1 for each example that was asked about.
   */
  private constructor(
    readonly columns: readonly AnswerColumn[],
    readonly known: Uint8Array,
  ) {
    this.unknown = known.reduce((left, each) => left - each, known.length);
  }

  /** Room for answers about so many examples, shaped as those about a batch are. */
  static like(size: number, answers: readonly tf.Tensor[]): Answers {
    const columns = answers.map(({ shape }) => {
      const row = shape.slice(1);
      return { shape: row, rows: new Float32Array(size * sizeOf(row)) };
    });
    return new Answers(columns, new Uint8Array(size));
  }

  /** Answers that were kept on disk. */
  static of(columns: readonly AnswerColumn[], known: Uint8Array): Answers {
    return new Answers(columns, known);
  }

  /** Examples. */
  get size(): number {
    return this.known.length;
  }

  /** Examples that were asked about. */
  get count(): number {
    return this.size - this.unknown;
  }

  get bytes(): number {
    return this.columns.reduce((sum, { rows }) => sum + rows.byteLength, 0);
  }

  /** The answers about examples, if all of them are known. */
  find(indices: Int32Array): tf.Tensor[] | undefined {
    if (indices.some((index) => this.known[index] !== 1)) return undefined;
    return this.columns.map(({ shape, rows }) => {
      const size = sizeOf(shape);
      const picked = new Float32Array(indices.length * size);
      indices.forEach((index, i) => picked.set(rows.subarray(index * size, (index + 1) * size), i * size));
      return tf.tensor(picked, [indices.length, ...shape]);
    });
  }

  /** Takes up answers about examples; tensors stay the caller's. */
  async add(indices: Int32Array, tensors: readonly tf.Tensor[]): Promise<void> {
    for (const [i, { shape, rows }] of this.columns.entries()) {
      const values = await (tensors[i] as tf.Tensor).data<'float32'>();
      const size = sizeOf(shape);
      indices.forEach((index, row) => rows.set(values.subarray(row * size, (row + 1) * size), index * size));
    }
    for (const index of indices) {
      if (this.known[index] === 0) this.unknown--;
      this.known[index] = 1;
    }
  }

  /**
   * Refuses answers that are not one row for each example, or of another shape than those before.
   * @throws `distillation/cache`.
   */
  check(indices: Int32Array, tensors: readonly tf.Tensor[]): void {
    this.columns.forEach(({ shape }, i) => {
      const wanted = [indices.length, ...shape];
      const found = tensors[i]?.shape ?? [];
      if (found.join() === wanted.join()) return;
      fail('distillation/cache', {
        subject: 'cache',
        expected: `values of a teacher of shape ${shapeText(wanted)}, a row for each of ${indices.length} examples`,
        got: `shape ${shapeText(found)}`,
        advice: 'Distil with cache: false',
      });
    });
  }
}
