import * as tf from '@tensorflow/tfjs';

/** Bounds on gradients, by which a single batch cannot throw a model off. */
export interface Clipping {
  /** Largest norm of all gradients together (Pascanu et al. 2013): longer ones are made as long. */
  readonly norm?: number;
  /** Largest magnitude of each number. */
  readonly value?: number;
}

/** Gradients within bounds. Takes what it is given, and gives tensors that are the caller's. */
export function clipped(gradients: tf.NamedTensorMap, clip: Clipping | undefined): tf.NamedTensorMap {
  if (clip?.norm === undefined && clip?.value === undefined) return gradients;
  const { norm, value } = clip;
  const result = tf.tidy(() => {
    const factor =
      norm === undefined ? undefined : tf.minimum(1, tf.div(norm, tf.maximum(normOf(gradients), 1e-12)));
    return mapped(gradients, (gradient) => {
      const within = value === undefined ? gradient : tf.clipByValue(gradient, -value, value);
      return factor === undefined ? within : tf.mul(within, factor);
    });
  });
  tf.dispose(gradients);
  return result;
}

function normOf(gradients: tf.NamedTensorMap): tf.Scalar {
  const squares = Object.values(gradients).map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
  return tf.sqrt(squares.reduce((sum, each) => tf.add<tf.Scalar>(sum, each)));
}

/** The sum of gradients so far and more; takes both. */
export function added(sum: tf.NamedTensorMap | undefined, more: tf.NamedTensorMap): tf.NamedTensorMap {
  if (sum === undefined) return more;
  const result = tf.tidy(() => mapped(more, (gradient, name) => tf.add(sum[name] as tf.Tensor, gradient)));
  tf.dispose([sum, more]);
  return result;
}

/** Gradients times a factor; takes them. */
export function scaled(gradients: tf.NamedTensorMap, factor: number): tf.NamedTensorMap {
  if (factor === 1) return gradients;
  const result = tf.tidy(() => mapped(gradients, (gradient) => tf.mul(gradient, factor)));
  tf.dispose(gradients);
  return result;
}

function mapped(
  gradients: tf.NamedTensorMap,
  change: (gradient: tf.Tensor, name: string) => tf.Tensor,
): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, change(gradient, name)]),
  );
}
