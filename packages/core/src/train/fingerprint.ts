import * as tf from '@tensorflow/tfjs';
import { Digest } from '../graph/digest.js';
import type { Column, NumberColumn } from './data.js';

/** Numbers of a column that are looked at: all where there are no more of them, else those of rows spread evenly. */
const LOOKED_AT = 2 ** 18;

/**
 * What tells examples in memory from others: names, types, shapes and numbers of their columns, of columns above 262144
 * numbers those of some rows alone. Numbers given as a tensor or with their shape are the same.
 */
export async function fingerprintOf(columns: Iterable<readonly [string, Column]>): Promise<string> {
  const digest = new Digest();
  for (const [name, column] of columns) {
    digest.text(name).text(column.shape.join());
    if (column instanceof tf.Tensor) await addTensor(digest, column);
    else addNumbers(digest, column);
  }
  return digest.hex();
}

/** Numbers of rows to look at; undefined for all. */
function rowsToLookAt(shape: readonly number[]): Int32Array | undefined {
  const [count = 1, ...rest] = shape;
  const size = rest.reduce((a, b) => a * b, 1);
  if (count * size <= LOOKED_AT) return undefined;
  const few = Math.max(1, Math.floor(LOOKED_AT / size));
  return Int32Array.from({ length: few }, (_, i) => Math.floor((i * count) / few));
}

async function addTensor(digest: Digest, tensor: tf.Tensor): Promise<void> {
  const rows = rowsToLookAt(tensor.shape);
  const few = rows === undefined ? tensor : tf.tidy(() => tf.gather(tensor, tf.tensor1d(rows, 'int32')));
  try {
    const values: unknown = await few.data();
    digest.text(tensor.dtype).number(1);
    if (ArrayBuffer.isView(values)) digest.bytes(bytesOf(values));
    else for (const value of values as readonly string[]) digest.text(value);
  } finally {
    if (few !== tensor) few.dispose();
  }
}

function addNumbers(digest: Digest, { values, shape, scale = 1 }: NumberColumn): void {
  digest.text(typeOf(values)).number(scale);
  const rows = rowsToLookAt(shape);
  if (rows === undefined) {
    digest.bytes(bytesOf(values));
    return;
  }
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const looked = values.slice(0, rows.length * size);
  rows.forEach((row, i) => looked.set(values.subarray(row * size, (row + 1) * size), i * size));
  digest.bytes(bytesOf(looked));
}

function typeOf(values: NumberColumn['values']): string {
  if (values instanceof Float32Array) return 'float32';
  return values instanceof Int32Array ? 'int32' : 'uint8';
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
