import * as tf from '@tensorflow/tfjs';
import { fail, isOptimizeError, shapeText, valueText } from '@tfjs-optimize/core/plain';
import { sizeOf, type Field, type Numbers } from '../sample.js';
import type { Checked } from './request.js';
import type { Served, ServedInputs } from './served.js';

/** Outputs for one request, in the order of the model's outputs, each without the size that counts requests. */
export type Answer = readonly Field[];

/**
 * Runs requests of one kind as one batch. All tensors are disposed of.
 * @throws `batcher/failed` with the cause.
 */
export async function runBatch(served: Served, requests: readonly Checked[]): Promise<Answer[]> {
  const inputs = inputsOf(served, requests);
  let outputs: readonly tf.Tensor[] = [];
  try {
    outputs = listOf(await served.run(inputs));
    const parts: Field[][] = [];
    for (const output of outputs) {
      const values: unknown = await output.data();
      parts.push(rowsOf(output, values as Numbers, requests.length));
    }
    return requests.map((_, row) => parts.map((each) => each[row] as Field));
  } catch (cause) {
    if (isOptimizeError(cause) && cause.code === 'batcher/failed') throw cause;
    return fail('batcher/failed', {
      subject: `model, for a batch of ${requests.length}`,
      expected: 'to answer',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  } finally {
    tf.dispose([...outputs]);
    tf.dispose(inputs);
  }
}

function inputsOf({ ports }: Served, requests: readonly Checked[]): ServedInputs {
  const [{ fields }] = requests as [Checked];
  const tensors = fields.map(([key, field], at) => {
    const values = requests.map((request) => (request.fields[at] as Checked['fields'][number])[1].values);
    const port = ports?.find((each) => key === undefined || each.key === key);
    return [key, stacked(values, field, port?.isWhole ?? field.values instanceof Int32Array)] as const;
  });
  const [[key, only]] = tensors as [readonly [string | undefined, tf.Tensor]];
  return key === undefined ? only : (Object.fromEntries(tensors) as Record<string, tf.Tensor>);
}

function stacked(rows: readonly Numbers[], { shape }: Field, isWhole: boolean): tf.Tensor {
  const size = sizeOf(shape);
  const values = isWhole ? new Int32Array(size * rows.length) : new Float32Array(size * rows.length);
  rows.forEach((row, at) => values.set(row, at * size));
  return tf.tensor(values, [rows.length, ...shape], isWhole ? 'int32' : 'float32');
}

function listOf(outputs: unknown): readonly tf.Tensor[] {
  const isOne = outputs instanceof tf.Tensor;
  const list = isOne
    ? [outputs]
    : typeof outputs === 'object' && outputs !== null
      ? Object.values(outputs)
      : [];
  if (list.length > 0 && list.every((each) => each instanceof tf.Tensor)) return list as tf.Tensor[];
  return fail('batcher/failed', {
    subject: 'model',
    expected: 'a tensor, a list of tensors, or tensors by name',
    got: valueText(outputs),
  });
}

function rowsOf({ shape, dtype }: tf.Tensor, values: Numbers, count: number): Field[] {
  const inner = shape.slice(1);
  if (shape[0] !== count || dtype === 'string' || dtype === 'complex64') {
    fail('batcher/failed', {
      subject: 'output of the model',
      expected: `numbers whose first size is ${count}, one for each request`,
      got: `${dtype} of shape ${shapeText(shape)}`,
    });
  }
  const size = sizeOf(inner);
  return Array.from({ length: count }, (_, row) => ({
    values: values.slice(row * size, (row + 1) * size),
    shape: inner,
  }));
}
