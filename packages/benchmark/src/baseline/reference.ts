import * as tf from '@tensorflow/tfjs';

/** Length and width of the matrices: a product takes about a millisecond, and all fit a cache. */
const SIZE = 192;

/**
 * A piece of work that never changes: two matrix products, with what an elementwise op and a sum do to
 * memory between them. Its time tells how fast a machine is at the moment, so that times of a model can be
 * held against those of another day. What it computes must not be changed: baselines that were made before
 * would then mean something else (`BASELINE_VERSION` has to grow with it).
 */
export function referenceWork(): { readonly work: () => tf.Tensor; readonly dispose: () => void } {
  const a = tf.randomUniform([SIZE, SIZE], -1, 1, 'float32', 1);
  const b = tf.randomUniform([SIZE, SIZE], -1, 1, 'float32', 2);
  const work = (): tf.Tensor =>
    tf.tidy(() => {
      const product = tf.matMul(a, b);
      return tf.matMul(tf.add(tf.relu(product), b), a).sum();
    });
  return { work, dispose: () => tf.dispose([a, b]) };
}
