import * as tf from '@tensorflow/tfjs';
import type { BatchField, BatchFields } from '../sample.js';

/** A batch as it was loaded: plain arrays on this thread, which are the caller's. */
export interface LoadedBatch {
  /** Samples in it. */
  readonly size: number;
  /** Numbers of its samples in their data set. */
  readonly indices: Int32Array;
  readonly fields: BatchFields;
  /**
   * Tensors of all fields, which are the caller's: float32 of floats and bytes, int32 of whole numbers, strings of texts.
   * Backends that compute on the processor take float32 and int32 arrays as they are, so leave those alone afterwards.
   */
  tensors(): Record<string, tf.Tensor>;
}

export function batchOf(fields: BatchFields, indices: Int32Array): LoadedBatch {
  return {
    size: indices.length,
    indices,
    fields,
    tensors: () =>
      Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, tensorOf(field)] as const)),
  };
}

/** One field as a tensor, which is the caller's. */
export function tensorOf({ values, shape }: BatchField): tf.Tensor {
  const sizes = [...shape];
  if (values instanceof Float32Array) return tf.tensor(values, sizes, 'float32');
  if (values instanceof Int32Array) return tf.tensor(values, sizes, 'int32');
  if (values instanceof Uint8Array) return tf.tensor(Float32Array.from(values), sizes, 'float32');
  return tf.tensor([...values], sizes, 'string');
}
