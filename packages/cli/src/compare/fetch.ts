import { executorOf, type Model, type ValueId } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import type { InputValues } from '../tensors/files.js';
import { toTensor } from '../tensors/value.js';

/** A value that a model computed, as plain data. */
export interface Fetched {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number> | readonly string[];
}

/** Runs a model once and copies the values asked for; no tensor stays behind. */
export async function fetchValues(
  model: Model,
  inputs: InputValues,
  values: readonly ValueId[],
): Promise<Fetched[]> {
  const tensors = Object.fromEntries([...inputs].map(([key, value]) => [key, toTensor(value)]));
  try {
    const outputs = await executorOf(model).executeAsync(tensors, values);
    try {
      return await Promise.all(outputs.map(copyOf));
    } finally {
      for (const output of outputs) output.dispose();
    }
  } finally {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
}

async function copyOf(tensor: tf.Tensor): Promise<Fetched> {
  // complex64 comes interleaved; what counts is that both models do the same.
  const values: unknown = await tensor.data();
  return { dtype: tensor.dtype, shape: tensor.shape, values: values as ArrayLike<number> };
}
