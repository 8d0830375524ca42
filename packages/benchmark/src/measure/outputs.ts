import { finish, valuesOfOutputs, type OutputValues } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

export type Outputs = readonly tf.Tensor[];

/** What is done with outputs of calls on given inputs: both ways the outputs are disposed of. */
export interface Sink {
  /** Waits until all values can be read; see core's `finish`. */
  finish(outputs: Outputs): void | Promise<void>;
  /** Gives the values. */
  read(outputs: Outputs, keys: readonly string[]): Promise<OutputValues[]>;
}

export function sinkOf(inputs: readonly tf.Tensor[]): Sink {
  const borrowed = new Set(inputs);
  /** An output may be an input or a weight itself, which is not to be disposed of. */
  const own = (tensor: tf.Tensor): tf.Tensor =>
    borrowed.has(tensor) || tensor.kept || tensor instanceof tf.Variable ? tensor.clone() : tensor;
  return {
    finish: (outputs) => finish(outputs.map(own)),
    async read(outputs, keys) {
      const owned = outputs.map(own);
      try {
        return await valuesOfOutputs(owned, keys);
      } finally {
        for (const tensor of owned) tensor.dispose();
      }
    },
  };
}
