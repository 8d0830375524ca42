import * as tf from '@tensorflow/tfjs';
import { seedWeights, uniformTensor } from './weights.js';

/** Sizes of {@link transformer} and {@link attentionBlock}. */
export interface TransformerOptions {
  /** Tokens in a sequence. */
  readonly length?: number;
  /** Features of a token; a multiple of `heads`. */
  readonly hidden?: number;
  readonly heads?: number;
  /** Encoder blocks. */
  readonly blocks?: number;
  readonly classes?: number;
  readonly seed: number;
}

/**
 * Encoder in the manner of BERT (Devlin et al. 2019), of stock layers only: each head has its own
 * dense layers (the 1/√d of attention is part of the query's kernel), GELU, layer norms behind the
 * residual adds. Input [batch, length, hidden], class scores [batch, classes].
 */
export function transformer({
  length = 8,
  hidden = 16,
  heads = 2,
  blocks = 2,
  classes = 3,
  seed,
}: TransformerOptions): tf.LayersModel {
  const input = tf.input({ shape: [length, hidden], name: 'input_1' });
  let x = norm(input, 'embedding_norm');
  for (let i = 0; i < blocks; i++) {
    const name = `block_${i}`;
    const attended = dense(multiHead(x, name, hidden, heads), `${name}_output`, hidden);
    x = norm(add([x, attended], `${name}_add_0`), `${name}_norm_0`);
    const wide = tf.layers.activation({ activation: 'gelu', name: `${name}_gelu` });
    const fed = dense(apply(wide, dense(x, `${name}_wide`, 4 * hidden)), `${name}_narrow`, hidden);
    x = norm(add([x, fed], `${name}_add_1`), `${name}_norm_1`);
  }
  x = apply(tf.layers.globalAveragePooling1d({ name: 'pool' }), x);
  x = apply(tf.layers.dense({ units: classes, activation: 'softmax', name: 'scores' }), x);
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'transformer' }), seed);
}

function multiHead(x: tf.SymbolicTensor, name: string, hidden: number, heads: number): tf.SymbolicTensor {
  const outputs = Array.from({ length: heads }, (_, head) => {
    const part = `${name}_head_${head}`;
    const [query, key, value] = ['query', 'key', 'value'].map((role) =>
      dense(x, `${part}_${role}`, hidden / heads),
    ) as [tf.SymbolicTensor, tf.SymbolicTensor, tf.SymbolicTensor];
    const scores = dot([query, key], [2, 2], `${part}_scores`);
    const weights = apply(tf.layers.softmax({ axis: 2, name: `${part}_softmax` }), scores);
    return dot([weights, value], [2, 1], `${part}_mix`);
  });
  return tf.layers.concatenate({ name: `${name}_concat` }).apply(outputs) as tf.SymbolicTensor;
}

function dense(x: tf.SymbolicTensor, name: string, units: number): tf.SymbolicTensor {
  return apply(tf.layers.dense({ units, name }), x);
}

function norm(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return apply(tf.layers.layerNormalization({ epsilon: 1e-12, name }), x);
}

function add(x: tf.SymbolicTensor[], name: string): tf.SymbolicTensor {
  return tf.layers.add({ name }).apply(x) as tf.SymbolicTensor;
}

function dot(x: tf.SymbolicTensor[], axes: [number, number], name: string): tf.SymbolicTensor {
  return tf.layers.dot({ axes, name }).apply(x) as tf.SymbolicTensor;
}

function apply(layer: tf.layers.Layer, x: tf.SymbolicTensor): tf.SymbolicTensor {
  return layer.apply(x) as tf.SymbolicTensor;
}

/** A function over tensors with the weights that it closes over. */
export interface TensorFunction {
  /** Maps [batch, length, hidden] to the same shape. */
  readonly call: (tokens: tf.Tensor) => tf.Tensor;
  /** The weights, for `tf.dispose`. */
  readonly weights: readonly tf.Tensor[];
}

/** One self-attention block as plain TensorFlow.js calls: heads by reshape and transpose, GELU by erf. */
export function attentionBlock({
  length = 8,
  hidden = 16,
  heads = 2,
  seed,
}: TransformerOptions): TensorFunction {
  const depth = hidden / heads;
  const limit = Math.sqrt(3 / hidden);
  const weight = (index: number, columns: number) =>
    uniformTensor([hidden, columns], seed + index, -limit, limit) as tf.Tensor2D;
  const [query, key, value, wide] = [
    weight(0, hidden),
    weight(1, hidden),
    weight(2, hidden),
    weight(3, hidden),
  ];
  const bias = uniformTensor([hidden], seed + 4, -0.1, 0.1) as tf.Tensor1D;
  const project = (tokens: tf.Tensor, kernel: tf.Tensor2D) => {
    const flat = tf.matMul(tf.reshape<tf.Rank.R2>(tokens, [-1, hidden]), kernel);
    return tf.transpose(tf.reshape(flat, [-1, length, heads, depth]), [0, 2, 1, 3]);
  };
  const call = (tokens: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const scores = tf.matMul(project(tokens, query), project(tokens, key), false, true);
      const mixed = tf.matMul(tf.softmax(tf.mul(scores, 1 / Math.sqrt(depth))), project(tokens, value));
      const joined = tf.reshape<tf.Rank.R2>(tf.transpose(mixed, [0, 2, 1, 3]), [-1, hidden]);
      const fed = tf.add(tf.matMul(joined, wide), bias);
      const gelu = tf.mul(tf.mul(fed, 0.5), tf.add(tf.erf(tf.mul(fed, Math.SQRT1_2)), 1));
      return tf.add(tokens, tf.reshape(gelu, [-1, length, hidden]));
    });
  return { call, weights: [query, key, value, wide, bias] };
}
