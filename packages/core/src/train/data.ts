import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { ModelInputs } from '../model.js';
import { fingerprintOf } from './fingerprint.js';
import type { Random } from '../random.js';
import { shapeText } from '../text/shape.js';

/** One batch: tensors whose first axis counts examples. Who makes it for {@link fit} gives it away. */
export interface Batch {
  readonly inputs: ModelInputs;
  /** What outputs are held against, in the order of outputs; none for losses that need none. */
  readonly labels?: tf.Tensor | readonly tf.Tensor[];
  /** Numbers of the examples in their data, where they have numbers. */
  readonly indices?: Int32Array;
  /** More tensors that losses need, by name. */
  readonly extras?: Readonly<Record<string, tf.Tensor>>;
}

/** All examples in memory: tensors, or numbers with a shape. The first axis counts examples. */
export interface Examples {
  readonly inputs: Column | readonly Column[] | Readonly<Record<string, Column>>;
  readonly labels?: Column | readonly Column[];
}

/** One number, row or image for each example. */
export type Column = tf.Tensor | NumberColumn;

/** Numbers in memory of JavaScript: float32 tensors of floats and bytes, int32 ones of integers. */
export interface NumberColumn {
  readonly values: Float32Array | Int32Array | Uint8Array;
  /** With the number of examples first. */
  readonly shape: readonly number[];
  /** What every number is multiplied by: 1 / 255 for pixels. */
  readonly scale?: number;
}

/** Batches that a program makes itself, anew for each epoch. */
export type BatchSource = (epoch: number) => Iterable<Batch> | AsyncIterable<Batch>;

/** What is trained on: examples in memory, batches of one's own, or a data set of tf.data of `{xs, ys}`. */
export type TrainingData = Examples | BatchSource | tf.data.Dataset<tf.TensorContainer> | DataReader;

/** How examples in memory are made into batches. */
export interface BatchOptions {
  readonly batchSize: number;
  /** Draws their order; they are taken in their own order without it. */
  readonly random?: Random | undefined;
  /** Batches to leave out, since they have been seen. */
  readonly skip?: number;
}

/** Data as training reads them. */
export interface DataReader {
  /** Examples, where it is known. */
  readonly size: number | undefined;
  /** Batches of an epoch, where it is known. */
  steps(batchSize: number): number | undefined;
  /** What tells these data from others, where it can be told without reading all: a resumed training must have them. */
  fingerprint?(): Promise<string>;
  batches(epoch: number, options: BatchOptions): AsyncGenerator<Batch, void>;
}

/** Looks at data once and gives what reads them. */
export function sourceOf(data: TrainingData, subject = 'data'): DataReader {
  if (typeof data === 'function') return streamed(data);
  if (isDataset(data)) return streamed(() => fromDataset(data), batchesOf(data));
  if (isReader(data)) return data;
  if (typeof data !== 'object' || data === null || !('inputs' in data)) {
    fail('train/data', {
      subject,
      expected: '{inputs, labels}, a function that gives batches or a data set of tf.data',
      got: data === null ? 'null' : typeof data,
    });
  }
  return new InMemory(data, subject);
}

function isDataset(data: TrainingData): data is tf.data.Dataset<tf.TensorContainer> {
  return (
    typeof data === 'object' && data !== null && 'iterator' in data && typeof data.iterator === 'function'
  );
}

function isReader(data: TrainingData): data is DataReader {
  return typeof data === 'object' && data !== null && 'batches' in data && typeof data.batches === 'function';
}

/** @param count batches of an epoch, where it is known. */
function streamed(make: BatchSource, count?: number): DataReader {
  return {
    size: undefined,
    steps: () => count,
    async *batches(epoch, { skip = 0 }) {
      let seen = 0;
      for await (const batch of make(epoch)) {
        if (seen++ < skip) disposeBatch(batch);
        else yield batch;
      }
    },
  };
}

/** Batches that a data set tells it has; those that go on for ever or do not know tell none. */
function batchesOf({ size }: tf.data.Dataset<tf.TensorContainer>): number | undefined {
  return Number.isInteger(size) && size > 0 ? size : undefined;
}

async function* fromDataset(data: tf.data.Dataset<tf.TensorContainer>): AsyncGenerator<Batch, void> {
  const iterator = await data.iterator();
  for (;;) {
    const next = await iterator.next();
    if (next.done) return;
    const value: unknown = next.value;
    const { xs, ys } = (value ?? {}) as { readonly xs?: ModelInputs; readonly ys?: Batch['labels'] };
    if (xs === undefined) {
      fail('train/data', {
        subject: 'data set',
        expected: 'batches of the form {xs, ys}',
        got:
          typeof value === 'object' && value !== null
            ? `keys ${Object.keys(value).join(', ')}`
            : typeof value,
        advice: 'Map them with dataset.map(({…}) => ({xs, ys}))',
      });
    }
    yield { inputs: xs, ...(ys === undefined ? {} : { labels: ys }) };
  }
}

/** Releases the tensors of a batch. */
export function disposeBatch({ inputs, labels, extras }: Batch): void {
  tf.dispose([inputs, labels, extras] as unknown as tf.TensorContainer);
}

/** Examples in a batch: the first axis of its first input. */
export function examplesOf({ inputs }: Batch): number {
  const [first] = inputs instanceof tf.Tensor ? [inputs] : Object.values(inputs as Record<string, tf.Tensor>);
  return first?.shape[0] ?? 1;
}

class InMemory implements DataReader {
  readonly size: number;
  private readonly columns: readonly (readonly [name: string, column: Column])[];

  constructor(
    private readonly data: Examples,
    subject: string,
  ) {
    check(data.inputs, `${subject}.inputs`);
    if (data.labels !== undefined) check(data.labels, `${subject}.labels`);
    this.columns = [...named('inputs', data.inputs), ...named('labels', data.labels ?? [])];
    this.size = this.columns[0]?.[1].shape[0] ?? 0;
    for (const [name, column] of this.columns) this.checkSizes(`${subject}.${name}`, column);
    if (this.size === 0) {
      fail('train/data', {
        subject,
        expected: 'at least one example',
        got: 'none',
        advice: 'The first axis of inputs and labels counts examples',
      });
    }
  }

  private checkSizes(subject: string, column: Column): void {
    if (column.shape.length === 0 || column.shape[0] !== this.size) {
      fail('train/data', {
        subject,
        expected: `${this.size} examples, as many as ${this.columns[0]?.[0] ?? ''}`,
        got: `shape ${shapeText(column.shape)}`,
        advice: 'The first axis of inputs and labels counts examples',
      });
    }
    if (column instanceof tf.Tensor) return;
    const expected = column.shape.reduce((a, b) => a * b, 1);
    if (column.values.length === expected) return;
    fail('train/data', {
      subject,
      expected: `${expected} numbers for shape ${shapeText(column.shape)}`,
      got: String(column.values.length),
    });
  }

  steps(batchSize: number): number {
    return Math.ceil(this.size / batchSize);
  }

  fingerprint(): Promise<string> {
    return fingerprintOf(this.columns);
  }

  async *batches(_epoch: number, { batchSize, random, skip = 0 }: BatchOptions): AsyncGenerator<Batch, void> {
    const all = Int32Array.from({ length: this.size }, (_, i) => i);
    const order = random === undefined ? all : Int32Array.from(random.shuffle(all));
    for (let step = skip; step < this.steps(batchSize); step++) {
      yield this.batch(order.subarray(step * batchSize, (step + 1) * batchSize));
    }
    await Promise.resolve();
  }

  private batch(indices: Int32Array): Batch {
    return tf.tidy(() => {
      const { inputs, labels } = this.data;
      return {
        inputs: each(inputs, (column) => rows(column, indices)) as ModelInputs,
        ...(labels === undefined ? {} : { labels: each(labels, (column) => rows(column, indices)) }),
        indices: indices.slice(),
      } as unknown as tf.TensorContainer;
    }) as unknown as Batch;
  }
}

type Columns = Examples['inputs'];

/** Refuses what are no columns, such as arrays of arrays, before it is looked into. */
function check(given: Columns, subject: string): void {
  const expected = 'a tensor or {values, shape}, or several of them';
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given)) {
    fail('train/data', {
      subject,
      expected,
      got: ArrayBuffer.isView(given) ? 'numbers without a shape' : given === null ? 'null' : typeof given,
      advice: 'Give numbers as {values: new Float32Array(…), shape: […]}',
    });
  }
  if (isColumn(given)) return;
  for (const [name, column] of Object.entries<unknown>(given)) {
    const fits =
      column instanceof tf.Tensor ||
      (typeof column === 'object' &&
        column !== null &&
        'values' in column &&
        ArrayBuffer.isView(column.values) &&
        'shape' in column &&
        Array.isArray(column.shape));
    if (fits) continue;
    fail('train/data', {
      subject: `${subject}.${name}`,
      expected,
      got: Array.isArray(column) ? 'an array' : typeof column,
      advice: 'Make nested arrays tensors with tf.tensor',
    });
  }
}

function isColumn(given: Columns): given is Column {
  return (
    given instanceof tf.Tensor ||
    ('values' in given && ArrayBuffer.isView(given.values) && 'shape' in given && Array.isArray(given.shape))
  );
}

function named(name: string, given: Columns): (readonly [string, Column])[] {
  if (isColumn(given)) return [[name, given]];
  return Object.entries(given).map(([key, column]) => [`${name}.${key}`, column] as const);
}

function each(given: Columns, make: (column: Column) => tf.Tensor): unknown {
  if (isColumn(given)) return make(given);
  if (Array.isArray(given)) return (given as readonly Column[]).map(make);
  return Object.fromEntries(Object.entries(given).map(([key, column]) => [key, make(column)]));
}

/** The rows of some examples as a tensor. */
function rows(column: Column, indices: Int32Array): tf.Tensor {
  if (column instanceof tf.Tensor) return tf.tidy(() => tf.gather(column, tf.tensor1d(indices, 'int32')));
  const { values, shape, scale = 1 } = column;
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const isInteger = values instanceof Int32Array;
  const picked = isInteger ? new Int32Array(indices.length * size) : new Float32Array(indices.length * size);
  indices.forEach((index, row) => picked.set(values.subarray(index * size, (index + 1) * size), row * size));
  if (scale !== 1) for (let i = 0; i < picked.length; i++) picked[i] = (picked[i] as number) * scale;
  return tf.tensor(picked, [indices.length, ...shape.slice(1)], isInteger ? 'int32' : 'float32');
}
