// What programs compute with TensorFlow.js, in Node.js and in browsers: the results of the wasm backend against those
// of the cpu backend.
import * as tf from '@tensorflow/tfjs';

const MARK = Symbol.for('@tfjs-optimize/wasm');

function numbers(shape, seed) {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + seed)),
    shape,
  );
}

/** The gradients of a small network by its weights, and the weights after a step. */
function trainingStep() {
  const x = numbers([2, 9, 9, 3], 1);
  const weights = [numbers([3, 3, 3, 8], 2), numbers([3, 3, 8, 1], 3), numbers([648, 5], 4), numbers([5], 5)];
  const loss = (filter, depthwise, dense, bias) => {
    const conv = tf.relu(tf.conv2d(x, filter, 1, 'same'));
    const separate = tf.depthwiseConv2d(conv, depthwise, 1, 'same');
    const outputs = tf.matMul(separate.reshape([2, -1]), dense).add(bias);
    return outputs.square().mean();
  };
  const gradients = tf.grads(loss)(weights);
  const variables = weights.map((each) => tf.variable(each));
  tf.train.sgd(0.1).minimize(() => loss(...variables));
  const after = variables.map((each) => each.clone());
  tf.dispose(variables);
  return [...gradients, ...after];
}

/** What the kernels that the backend comes with compute right, too. */
export const PLAIN = {
  'a product': () => tf.matMul(numbers([7, 12], 1), numbers([12, 9], 2)),
  'a convolution with a bias': () =>
    tf.fused.conv2d({
      x: numbers([1, 8, 8, 4], 1),
      filter: numbers([3, 3, 4, 8], 2),
      strides: 1,
      pad: 'same',
      bias: numbers([8], 3),
      activation: 'relu',
    }),
  'a sum': () => tf.sum(numbers([4, 5, 6], 1), 1),
  'a training step': trainingStep,
};

/** What they compute wrong. */
export const CORRECTED = {
  'a transposed product with a bias': () =>
    tf.fused.matMul({
      a: numbers([3, 4], 1),
      b: numbers([5, 4], 2),
      transposeB: true,
      bias: numbers([5], 3),
    }),
  // Theirs adds to what happens to lie in memory.
  'the gradient of max pooling': () =>
    tf.grad((x) => tf.maxPool(x, 2, 2, 'same').square())(numbers([1, 5, 5, 3], 1)),
  'the gradient of average pooling': () =>
    tf.grad((x) => tf.avgPool(x, 2, 1, 'valid').square())(numbers([1, 5, 5, 3], 1)),
};

async function valuesOn(backend, computation) {
  await tf.setBackend(backend);
  const results = tf.tidy(computation);
  const values = [results].flat().flatMap((each) => Array.from(each.dataSync()));
  tf.dispose(results);
  return values;
}

/** The largest difference of each computation between the cpu backend and another one, relative to its largest number. */
export async function differences(computations, backend = 'wasm') {
  const found = {};
  for (const [name, computation] of Object.entries(computations)) {
    const right = await valuesOn('cpu', computation);
    const got = await valuesOn(backend, computation);
    const scale = Math.max(...right.map(Math.abs));
    const all = right.map((value, i) => Math.abs(value - got[i]) / scale);
    // NaN is no number of JSON, and no difference that a test lets pass.
    found[name] = all.length === got.length ? Math.max(...all.map((each) => (each >= 0 ? each : 1e9))) : 1e9;
  }
  await tf.setBackend(backend);
  return found;
}

/** Names of the kernels of a backend that are this package's. */
export function ours(backend = 'wasm') {
  return tf
    .getKernelsForBackend(backend)
    .filter(({ kernelFunc }) => MARK in kernelFunc)
    .map(({ kernelName }) => kernelName);
}

/** Warnings from now on, apart from TensorFlow.js' advertisement of its node backend. */
export function collectWarnings() {
  const warnings = [];
  console.warn = (...parts) => {
    const text = parts.join(' ');
    if (!text.includes('you are running TensorFlow.js in Node.js')) warnings.push(text);
  };
  return warnings;
}
