import * as tf from '@tensorflow/tfjs';

/** Types of tensor that a file or the random generator can give. */
export type NumericType = 'float32' | 'int32' | 'bool';

/** A tensor as plain data: what files hold and what two models are both fed. */
export interface TensorValue {
  readonly dtype: NumericType | 'string';
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array | readonly string[];
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Makes the tensor; the caller disposes of it. */
export function toTensor(value: TensorValue): tf.Tensor {
  const values = ArrayBuffer.isView(value.values) ? value.values : [...value.values];
  return tf.tensor(values, [...value.shape], value.dtype);
}

/** The typed array that holds numbers of a type. */
export function typedValues(
  dtype: NumericType,
  numbers: Iterable<number>,
): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'float32') return Float32Array.from(numbers);
  if (dtype === 'int32') return Int32Array.from(numbers);
  return Uint8Array.from(numbers, (number) => (number === 0 ? 0 : 1));
}

/** The first rows of a tensor, as many as there are at most. */
export function firstRows(value: TensorValue, count: number): TensorValue {
  const [rows = 1, ...rest] = value.shape;
  const kept = Math.min(count, rows);
  const values = value.values.slice(0, kept * sizeOf(rest));
  return { ...value, shape: value.shape.length === 0 ? [] : [kept, ...rest], values };
}
