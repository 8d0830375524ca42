import * as tf from '@tensorflow/tfjs';

/** Axes that logits and hidden states have their numbers along. */
const LAST = -1;

/** Rows of a tensor: all axes but the last. */
function rowsOf(x: tf.Tensor): number {
  return x.size / Math.max(1, x.shape.at(LAST) ?? 1);
}

/**
 * T² · KL(p ‖ q) of the softmaxes p of the teacher and q of the student at temperature T, the mean over examples
 * (Hinton, Vinyals and Dean 2015). With T² its gradients stay of one size whatever T is.
 * @param student logits, whose last axis is classes.
 * @param teacher logits of the same shape, or several with what each counts: their softmaxes are averaged.
 * @param temperature above 0.
 */
export function softTargetLoss(
  student: tf.Tensor,
  teacher: tf.Tensor | readonly WeightedTensor[],
  temperature = 1,
): tf.Scalar {
  return tf.tidy(() => {
    const logQ = tf.logSoftmax(tf.div(student, temperature));
    const [p, logP] = targets(teacher, temperature);
    const divergence = tf.sum<tf.Scalar>(tf.mul(p, tf.sub(logP, logQ)));
    return tf.mul(divergence, temperature ** 2 / rowsOf(student));
  });
}

/** A tensor with what it counts among others; weights are made to add up to 1. */
export interface WeightedTensor {
  readonly value: tf.Tensor;
  readonly weight: number;
}

/** Probabilities at a temperature, and their logarithms. */
function targets(
  teacher: tf.Tensor | readonly WeightedTensor[],
  temperature: number,
): readonly [p: tf.Tensor, logP: tf.Tensor] {
  const list = teacher instanceof tf.Tensor ? [{ value: teacher, weight: 1 }] : teacher;
  const [only] = list;
  if (only !== undefined && list.length === 1) {
    const logP = tf.logSoftmax(tf.div(only.value, temperature));
    return [tf.exp(logP), logP];
  }
  const p = averaged(
    list.map(({ value, weight }) => ({ value: tf.softmax(tf.div(value, temperature)), weight })),
  );
  // 0 · log 0 is 0: a class that no teacher thinks of counts nothing.
  return [p, tf.log(tf.maximum(p, LEAST))];
}

/** The least normal float32: its logarithm is finite. */
const LEAST = 1.1754944e-38;

/** The weighted mean of tensors of one shape. */
export function averaged(list: readonly WeightedTensor[]): tf.Tensor {
  const total = list.reduce((sum, { weight }) => sum + weight, 0);
  return tf.tidy(() =>
    list.map(({ value, weight }) => tf.mul(value, weight / total)).reduce((a, b) => tf.add(a, b)),
  );
}

/** The mean of squared differences (Ba and Caruana 2014, of logits; Romero et al. 2015, of hidden values). */
export function meanSquaredDifference(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.square(tf.sub(student, teacher))));
}

/**
 * One less the cosine between the rows of two tensors, the mean over rows: their directions count, their lengths not
 * (Sanh et al. 2019, for hidden states). A row of zeros has the cosine 0 with any other.
 */
export function cosineDistance(student: tf.Tensor, teacher: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const product = tf.sum(tf.mul(student, teacher), LAST);
    const squares = [student, teacher].map((x) => tf.sum(tf.square(x), LAST)) as [tf.Tensor, tf.Tensor];
    // As PyTorch has it: each length is at least 1e-8.
    const lengths = tf.sqrt(tf.mul(...(squares.map((x) => tf.maximum(x, 1e-16)) as [tf.Tensor, tf.Tensor])));
    return tf.mean(tf.sub(1, tf.div(product, lengths)));
  });
}
