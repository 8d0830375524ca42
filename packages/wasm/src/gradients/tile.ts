import type * as tf from '@tensorflow/tfjs';

/**
 * The gradient of `tf.tile`: the sum of all copies, one axis after the other. (TensorFlow.js takes every copy out with
 * a slice of its own and adds them up one by one.)
 */
export function tileGradient(dy: tf.Tensor, shape: readonly number[], reps: readonly number[]): tf.Tensor {
  let sum = dy;
  const sizes = [...dy.shape];
  shape.forEach((size, axis) => {
    const copies = reps[axis] as number;
    if (copies === 1) return;
    const [before, behind] = [sizes.slice(0, axis), sizes.slice(axis + 1)];
    sum = sum.reshape([...before, copies, size, ...behind]).sum(axis);
    sizes[axis] = size;
  });
  return sum === dy ? dy.clone() : sum;
}
