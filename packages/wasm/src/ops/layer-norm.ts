import * as tf from '@tensorflow/tfjs';
import { requireAxis, requireFloats, requireNotNegative } from '../arguments.js';
import { LAYER_NORM } from '../kernels/norm/layer-norm.js';
import { isFast } from './fast.js';

/**
 * (x − mean) · scale / √(variance + epsilon) + offset with the mean and variance along the last axis: one kernel on the
 * wasm backend, ops of TensorFlow.js on every other.
 * @param x float32 of any shape but [], which is the result's, too.
 * @param scale and `offset`: one number for each place along that axis.
 * @param epsilon at least 0.
 * @throws `argument/invalid` for tensors of other kinds or sizes.
 */
export function layerNorm(x: tf.Tensor, scale: tf.Tensor1D, offset: tf.Tensor1D, epsilon = 0.001): tf.Tensor {
  requireFloats('layerNorm: x', x);
  requireAxis('layerNorm: x', x);
  const columns = x.shape.slice(-1);
  requireFloats('layerNorm: scale', scale, columns);
  requireFloats('layerNorm: offset', offset, columns);
  requireNotNegative('layerNorm: epsilon', epsilon);
  if (isFast()) return tf.engine().runKernel(LAYER_NORM, { x, scale, offset }, { epsilon });
  return tf.tidy(() => normalized(x, epsilon).normal.mul(scale).add(offset));
}

function normalized(x: tf.Tensor, epsilon: number): { normal: tf.Tensor; factor: tf.Tensor } {
  const { mean, variance } = tf.moments(x, -1, true);
  const factor = variance.add(epsilon).rsqrt();
  return { normal: x.sub(mean).mul(factor), factor };
}

/** With n = (x − mean) · r and g = dy · scale: dx = r · (g − mean(g) − n · mean(g · n)). */
export const layerNormGradient: tf.GradConfig = {
  kernelName: LAYER_NORM,
  inputsToSave: ['x', 'scale'],
  gradFunc: (given, [x, scale], attrs) => {
    const dy = given as tf.Tensor;
    const { epsilon } = attrs as unknown as { readonly epsilon: number };
    const { normal, factor } = normalized(x as tf.Tensor, epsilon);
    const rows = dy.shape.slice(0, -1).map((_, axis) => axis);
    return {
      x: () => {
        const g = dy.mul(scale as tf.Tensor);
        const along = g.mul(normal).mean(-1, true);
        return g.sub(g.mean(-1, true)).sub(normal.mul(along)).mul(factor);
      },
      scale: () => summed(dy.mul(normal), rows),
      offset: () => summed(dy, rows),
    };
  },
};

function summed(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  return axes.length === 0 ? x.clone() : x.sum([...axes]);
}
