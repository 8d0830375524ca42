import * as tf from '@tensorflow/tfjs';

/**
 * Copies of the first examples of each tensor that counts examples, and of the others whole. Who asked disposes of them.
 * @param wanted at most `count`.
 * @param count examples that there are: the first size of tensors that count them.
 */
export function firstExamples(
  inputs: Readonly<Record<string, tf.Tensor>>,
  wanted: number,
  count: number,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, tensor]) => [
      key,
      tensor.shape[0] === count && wanted < count
        ? tf.slice(tensor, 0, [wanted, ...tensor.shape.slice(1)])
        : tensor.clone(),
    ]),
  );
}
