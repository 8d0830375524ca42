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

/** Hands tensors of the inputs to `work` and disposes of them when it is done. */
export async function withTensors<T>(
  inputs: InputValues,
  work: (tensors: Readonly<Record<string, tf.Tensor>>) => Promise<T>,
): Promise<T> {
  const tensors = Object.fromEntries([...inputs].map(([key, value]) => [key, toTensor(value)]));
  try {
    return await work(tensors);
  } finally {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
}

/** Runs a model once and copies the values asked for; no tensor stays behind. */
export function fetchValues(
  model: Model,
  inputs: InputValues,
  values: readonly ValueId[],
): Promise<Fetched[]> {
  return withTensors(inputs, async (tensors) => {
    const outputs = await executorOf(model).executeAsync(tensors, values);
    try {
      return await Promise.all(outputs.map(copyOf));
    } finally {
      for (const output of outputs) output.dispose();
    }
  });
}

async function copyOf(tensor: tf.Tensor): Promise<Fetched> {
  // complex64 comes interleaved; what counts is that both models do the same.
  const values: unknown = await tensor.data();
  return { dtype: tensor.dtype, shape: tensor.shape, values: values as ArrayLike<number> };
}
