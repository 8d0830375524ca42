import * as tf from '@tensorflow/tfjs';
import { requireFlag, requireFloats } from '../arguments.js';
import { GELU } from '../kernels/elementwise/gelu.js';
import { isFast } from './fast.js';

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * x · Φ(x) with the normal distribution Φ: one kernel on the wasm backend, ops of TensorFlow.js on every other.
 * @param x float32 of any shape, which is the result's, too.
 * @param approximate by tanh, as in the first versions of BERT and GPT (Hendrycks and Gimpel 2016).
 * @throws `argument/invalid` for other kinds of tensors.
 */
export function gelu(x: tf.Tensor, approximate = false): tf.Tensor {
  requireFloats('gelu: x', x);
  requireFlag('gelu: approximate', approximate);
  if (isFast()) return tf.engine().runKernel(GELU, { x }, { approximate });
  return tf.tidy(() => x.mul(distribution(x, approximate)));
}

/** Φ(x), or what stands for it. */
function distribution(x: tf.Tensor, approximate: boolean): tf.Tensor {
  return (approximate ? inner(x).tanh() : x.mul(Math.SQRT1_2).erf()).add(1).mul(0.5);
}

/** √(2/π) · (x + 0.044715 x³). */
function inner(x: tf.Tensor): tf.Tensor {
  return x.square().mul(CUBIC).add(1).mul(x).mul(ROOT);
}

/** Φ(x) + x · Φ'(x). */
export const geluGradient: tf.GradConfig = {
  kernelName: GELU,
  inputsToSave: ['x'],
  gradFunc: (dy, [given], attrs) => {
    const x = given as tf.Tensor;
    const { approximate } = attrs as unknown as { readonly approximate: boolean };
    return {
      x: () =>
        distribution(x, approximate)
          .add(x.mul(density(x, approximate)))
          .mul(dy as tf.Tensor),
    };
  },
};

/** Φ'(x). */
function density(x: tf.Tensor, approximate: boolean): tf.Tensor {
  if (!approximate)
    return x
      .square()
      .mul(-0.5)
      .exp()
      .mul(ROOT / 2);
  const slope = x
    .square()
    .mul(3 * CUBIC)
    .add(1)
    .mul(ROOT / 2);
  return tf.sub(1, inner(x).tanh().square()).mul(slope);
}
