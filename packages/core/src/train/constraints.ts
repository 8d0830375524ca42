import * as tf from '@tensorflow/tfjs';
import type { WeightConstraint } from '../graph/weight-constraint.js';

/**
 * The nearest that a weight can be to what it is under a constraint, as the classes of tf.constraints define it (and
 * those of Keras, which apply them after each step, too).
 */
export function constrained(weight: tf.Tensor, constraint: WeightConstraint): tf.Tensor {
  const { kind, axes = [0], min = 0, max = 1, rate = 1 } = constraint;
  if (kind === 'non-negative') return tf.relu(weight);
  const norms = tf.sqrt(tf.sum(tf.mul(weight, weight), [...axes], true));
  const divisor = tf.add(tf.backend().epsilon(), norms);
  switch (kind) {
    case 'unit-norm':
      return tf.div(weight, divisor);
    case 'max-norm':
      return tf.mul(weight, tf.div(tf.clipByValue(norms, 0, max), divisor));
    case 'min-max-norm': {
      const within = tf.mul(rate, tf.clipByValue(norms, min, max));
      return tf.mul(weight, tf.div(tf.add(within, tf.mul(1 - rate, norms)), divisor));
    }
  }
}
