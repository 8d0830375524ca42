import * as tf from '@tensorflow/tfjs';
import { patchMethod } from '@tfjs-optimize/core';

type Engine = ReturnType<typeof tf.engine>;

/** One kernel that TensorFlow.js called; times are those of `performance.now()`. */
export interface KernelCall {
  readonly kernel: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outputs: tf.Tensor | readonly tf.Tensor[];
}

/**
 * Tells of every kernel that runs from now on, when it has returned, until the function returned is
 * called. Every op of models and functions passes through the engine's `runKernel`. Kernels that other
 * kernels call are part of these.
 */
export function watchKernels(onKernel: (call: KernelCall) => void): () => void {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  let depth = 0;
  const watched: Engine['runKernel'] = <T extends tf.Tensor | tf.Tensor[]>(
    kernel: string,
    inputs: Parameters<Engine['runKernel']>[1],
    attrs?: Parameters<Engine['runKernel']>[2],
  ): T => {
    if (depth > 0) return runKernel<T>(kernel, inputs, attrs);
    depth++;
    const startMs = performance.now();
    try {
      const outputs = runKernel<T>(kernel, inputs, attrs);
      onKernel({ kernel, startMs, endMs: performance.now(), outputs });
      return outputs;
    } finally {
      depth--;
    }
  };
  return patchMethod(engine, 'runKernel', watched);
}
