import * as tf from '@tensorflow/tfjs';

/** Length and width of the matrices: a product takes about a third of a millisecond on wasm, and all fit a cache. */
const SIZE = 192;

let matrices: readonly [tf.Tensor2D, tf.Tensor2D] | undefined;

/**
 * A piece of work that never changes: two matrix products, with what elementwise ops and a sum do to memory
 * between them. Its time tells how fast a machine is at the moment, so that times of a model can be held
 * against those of another day. What it computes must not be changed: baselines that were made before would
 * then mean something else (`BASELINE_VERSION` has to grow with it). Runs in processes of its own, for which
 * its matrices are made once.
 */
export function referenceWork(): tf.Tensor {
  const [a, b] = (matrices ??= [square(1), square(2)]);
  return tf.tidy(() => {
    const product = tf.matMul(a, b);
    return tf.matMul(tf.add(tf.relu(product), b), a).sum();
  });
}

function square(seed: number): tf.Tensor2D {
  return tf.keep(tf.randomUniform([SIZE, SIZE], -1, 1, 'float32', seed));
}
