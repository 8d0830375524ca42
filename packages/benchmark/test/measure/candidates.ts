import { GraphBuilder, toArtifacts, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/** y = relu(x · w), x [batch, 3]. */
export function dense(scale = 1): Model {
  const b = new GraphBuilder();
  const w = b.constant('w', Float32Array.of(scale, 2, -3, 4, 5, 6), [3, 2]);
  const x = b.input('x', [-1, 3]);
  const product = b.op('MatMul', [x, w], { transpose_a: false, transpose_b: false });
  b.output(b.op('Relu', [product], {}, { name: 'y' }));
  return b.build();
}

/** z = x where the sum of x is above 0, else -x, by control flow, which has to be awaited. */
export function branching(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 3]);
  const axis = b.constant('axis', Int32Array.of(0, 1), [2]);
  const zero = b.constant('zero', Float32Array.of(0), []);
  const above = b.op('Greater', [b.op('Sum', [x, axis], { keep_dims: false }), zero]);
  const branch = b.op('Switch', [x, above], {}, { name: 'branch' });
  b.output(b.op('Merge', [b.op('Neg', [branch]), `${branch}:1`], {}, { name: 'z' }));
  return b.build();
}

/** The same graph in stock TensorFlow.js. */
export function stock(model: Model): tf.GraphModel<tf.io.IOHandlerSync> {
  return tf.loadGraphModelSync(tf.io.fromMemorySync(toArtifacts(model)));
}

/** A layers model with two inputs, `a` [batch, 2] and `b` [batch, 2], and two outputs. */
export function twoInputs(): tf.LayersModel {
  const a = tf.input({ shape: [2], name: 'a' });
  const b = tf.input({ shape: [2], name: 'b' });
  const sum = tf.layers.add({ name: 'sum' }).apply([a, b]) as tf.SymbolicTensor;
  const product = tf.layers.multiply({ name: 'product' }).apply([a, b]) as tf.SymbolicTensor;
  return tf.model({ inputs: [a, b], outputs: [sum, product] });
}
