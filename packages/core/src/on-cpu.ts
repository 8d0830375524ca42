import * as tf from '@tensorflow/tfjs';

/** Runs synchronous work with the cpu backend in charge and puts the present one back. */
export function onCpu<T>(work: () => T): T {
  const before = tf.getBackend();
  // The cpu backend starts at once; the promise has nothing left to do.
  void tf.setBackend('cpu');
  try {
    return work();
  } finally {
    void tf.setBackend(before);
  }
}
