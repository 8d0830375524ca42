import * as tf from '@tensorflow/tfjs';
import { BATCH_NORM_SUMS } from '../kernels/norm/gradients.js';

/**
 * Gradients of a batch normalization with one number a channel. With r = 1 / √(variance + epsilon), S = Σ dy and
 * P = Σ dy · (x − mean):
 *
 *     dx = dy · r · scale,   dmean = −S · r · scale,   dvariance = −½ P · r³ · scale,   dscale = P · r,   doffset = S
 *
 * (TensorFlow.js makes five tensors of the size of x for each of them.) Undefined for other shapes.
 */
export function batchNormGradients(
  dy: tf.Tensor,
  [x, mean, variance, scale]: readonly (tf.Tensor | undefined)[],
  epsilon: number,
): ReturnType<tf.GradConfig['gradFunc']> | undefined {
  if (x === undefined || mean === undefined || variance === undefined) return undefined;
  const all = [mean, variance, ...(scale === undefined ? [] : [scale])];
  if (all.some(({ shape }) => shape.length !== 1 || shape[0] !== x.shape.at(-1))) return undefined;
  if ([dy, x, ...all].some(({ dtype }) => dtype !== 'float32')) return undefined;
  const inputs = { dy, x, mean };
  const [sums, products] = tf.engine().runKernel<tf.Tensor[]>(BATCH_NORM_SUMS, inputs) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const root = variance.add(epsilon).rsqrt();
  const factor = scale === undefined ? root : root.mul(scale);
  return {
    x: () => dy.mul(factor),
    mean: () => sums.mul(factor).neg(),
    variance: () => products.mul(factor).mul(root.square()).mul(-0.5),
    scale: () => products.mul(root),
    offset: () => sums.clone(),
  };
}

/** The gradients of the sums, for those who take gradients of gradients. */
export const batchNormSumsGradient: tf.GradConfig = {
  kernelName: BATCH_NORM_SUMS,
  inputsToSave: ['dy', 'x', 'mean'],
  gradFunc: (given, [dy, x, mean]) => {
    const [ofSums, ofProducts] = given as [tf.Tensor, tf.Tensor];
    const rows = (x as tf.Tensor).shape.slice(0, -1).map((_, axis) => axis);
    return {
      dy: () =>
        (x as tf.Tensor)
          .sub(mean as tf.Tensor)
          .mul(ofProducts)
          .add(ofSums),
      x: () => (dy as tf.Tensor).mul(ofProducts),
      mean: () => (dy as tf.Tensor).sum(rows).mul(ofProducts).neg(),
    };
  },
};
