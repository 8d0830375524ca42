import * as tf from '@tensorflow/tfjs';
import { engineOf } from '../engine/engine.js';
import { isEnabled } from '../engine/settings.js';
import { gelu as geluKernel, layerNorm as layerNormKernel } from '../kernels/norm/norms.js';

/**
 * GELU, x · Φ(x) with the normal distribution Φ (Hendrycks and Gimpel 2016): one pass over memory on the wasm backend,
 * stock operations on any other. Gradients flow through it.
 * @param x float32 of any shape.
 * @param approximate with √(2/π) (x + 0.044715 x³) and tanh in the place of the error function.
 */
export function gelu<T extends tf.Tensor>(x: T, approximate = false): T {
  return one({
    name: geluKernel.name,
    inputs: { x },
    attrs: { approximate },
    plain: () => plainGelu(x, approximate),
    gradients: (dy) => [tf.mul(dy, geluSlope(x, approximate))],
  }) as T;
}

/**
 * A layer norm over the last axis (Ba, Kiros and Hinton 2016): (x - mean) / √(variance + ε) · gamma + beta. One pass on
 * the wasm backend, stock operations on any other. Gradients flow through it.
 * @param x float32 [..., features].
 * @param gamma float32 of as many numbers as x has features; `beta` likewise.
 * @param epsilon added to the variance.
 */
export function layerNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor, beta: tf.Tensor, epsilon = 1e-3): T {
  return one({
    name: layerNormKernel.name,
    inputs: { x, gamma, beta },
    attrs: { epsilon },
    plain: () => plainLayerNorm(x, gamma, beta, epsilon),
    gradients: (dy) => layerNormGradients(dy, x, gamma, beta, epsilon),
  }) as T;
}

/** Lets graph models hold both as nodes of these ops. */
export function registerOps(): void {
  tf.registerOp(geluKernel.name, ({ inputs, attrs }) =>
    gelu(inputs[0] as tf.Tensor, Boolean(attrs.approximate)),
  );
  tf.registerOp(layerNormKernel.name, ({ inputs, attrs }) => {
    const [x, gamma, beta] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    return layerNorm(x, gamma, beta, Number(attrs.epsilon ?? 1e-3));
  });
}

/** An op of ours. */
interface Op {
  readonly name: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attrs: tf.NamedAttrMap;
  /** The same by stock operations. */
  readonly plain: () => tf.Tensor;
  /** For each input, given that of the output. */
  readonly gradients: (dy: tf.Tensor) => tf.Tensor[];
}

/** The kernel on the wasm backend, stock operations on others. */
function one({ name, inputs, attrs, plain, gradients }: Op): tf.Tensor {
  if (!isEnabled() || tf.getBackend() !== 'wasm' || engineOf(tf.backend()) === undefined)
    return tf.tidy(plain);
  const run = tf.customGrad(() => ({
    value: tf.engine().runKernel<tf.Tensor>(name, { ...inputs }, attrs),
    gradFunc: gradients,
  }));
  return run(...Object.values(inputs));
}

function plainGelu(x: tf.Tensor, approximate: boolean): tf.Tensor {
  const gate = approximate ? tf.tanh(cubic(x)) : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(gate, 1));
}

/** Φ(x) + x φ(x), or the derivative of the approximation. */
function geluSlope(x: tf.Tensor, approximate: boolean): tf.Tensor {
  if (!approximate) {
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.add(tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5), tf.mul(x, density));
  }
  const gate = tf.tanh(cubic(x));
  const steepness = tf.mul(Math.sqrt(2 / Math.PI), tf.add(tf.mul(tf.square(x), 3 * 0.044715), 1));
  const turned = tf.mul(tf.mul(x, tf.sub(1, tf.square(gate))), steepness);
  return tf.mul(tf.add(tf.add(gate, 1), turned), 0.5);
}

function cubic(x: tf.Tensor): tf.Tensor {
  return tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))));
}

/** x less its mean, and one over its standard deviation, of each row. */
function normalized(
  x: tf.Tensor,
  epsilon: number,
): { readonly normal: tf.Tensor; readonly scale: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return { normal: tf.mul(centred, scale), scale };
}

function plainLayerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.add(tf.mul(normalized(x, epsilon).normal, tf.reshape(gamma, [-1])), tf.reshape(beta, [-1]));
}

function layerNormGradients(
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): tf.Tensor[] {
  const { normal, scale } = normalized(x, epsilon);
  const slope = tf.mul(dy, tf.reshape(gamma, [-1]));
  const along = tf.mul(normal, tf.mean(tf.mul(slope, normal), -1, true));
  const rows = [-1, x.shape.at(-1) as number];
  const sumOfRows = (each: tf.Tensor, like: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.sum(tf.reshape(each, rows), 0), like.shape);
  return [
    tf.mul(tf.sub(tf.sub(slope, tf.mean(slope, -1, true)), along), scale),
    sumOfRows(tf.mul(dy, normal), gamma),
    sumOfRows(dy, beta),
  ];
}
