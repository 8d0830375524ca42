import * as tf from '@tensorflow/tfjs';
import { toArtifacts, type Model } from '@tfjs-optimize/core';

/** What a model computes. */
export interface Outcome {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Runs a model's first output through stock TensorFlow.js on the current backend. */
export async function execute(model: Model, inputs: readonly tf.Tensor[]): Promise<Outcome> {
  const loaded = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  try {
    const named = Object.fromEntries(
      model.signature.inputs.map(({ value }, i) => [value, inputs[i] as tf.Tensor]),
    );
    const output = loaded.execute(named, model.signature.outputs[0]?.value ?? '') as tf.Tensor;
    const values = Float32Array.from(await output.data());
    const { shape } = output;
    output.dispose();
    return { shape, values };
  } finally {
    loaded.dispose();
  }
}
