import type { Weight } from '@tfjs-optimize/core';
import { tfType, type TfType } from './types.js';

/** A constant: its type, shape and little-endian bytes. */
export interface Tensor {
  readonly type: TfType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** In place of the bytes, for names in the graph that restores variables. */
  readonly strings?: readonly string[];
}

/** A weight as TensorFlow.js computes with it: decoded, whatever the file stores. */
export function tensorOfWeight(weight: Weight): Tensor {
  const values = weight.numbers();
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { type: tfType(weight.dtype), shape: weight.shape, bytes };
}

/** Bytes of a weight when it is decoded. */
export function tensorBytes(weight: Weight): number {
  return weight.size * (weight.dtype === 'bool' ? 1 : weight.dtype === 'complex64' ? 8 : 4);
}

/** A small constant of numbers. */
export function tensorOf(
  type: 'float' | 'int32' | 'bool',
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Tensor {
  const array =
    type === 'float'
      ? Float32Array.from(values)
      : type === 'int32'
        ? Int32Array.from(values)
        : Uint8Array.from(values);
  return { type, shape, bytes: new Uint8Array(array.buffer) };
}
