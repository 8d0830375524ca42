import * as tf from '@tensorflow/tfjs';
import { ACTIVATIONS, batch, type KernelCase } from './case.js';

const matrix = { shape: [3, 5] };
const fused = (activation: string, bias = true): KernelCase => ({
  title: `fused.matMul ${activation}${bias ? '' : ' without bias'}`,
  inputs: [matrix, { shape: [5, 4] }, { shape: [4] }],
  run: (a, b, c) =>
    tf.fused.matMul({
      a: a,
      b: b,
      ...(bias ? { bias: c } : {}),
      activation: activation as 'relu',
      ...(activation === 'prelu' ? { preluActivationWeights: c } : {}),
      leakyreluAlpha: 0.15,
    }),
  dynamic: batch,
});
export const MATRICES: KernelCase[] = [
  {
    title: 'matMul',
    inputs: [matrix, { shape: [5, 4] }],
    run: (a, b) => tf.matMul(a, b),
    dynamic: batch,
  },
  {
    title: 'matMul transposed',
    inputs: [{ shape: [5, 3] }, { shape: [4, 5] }],
    run: (a, b) => tf.matMul(a, b, true, true),
    dynamic: { 0: [1] },
  },
  {
    title: 'matMul in batches',
    inputs: [{ shape: [2, 3, 5] }, { shape: [2, 5, 4] }],
    run: (a, b) => tf.matMul(a, b),
    dynamic: { 0: [0, 1], 1: [0] },
  },
  {
    title: 'matMul of a batch and a matrix',
    inputs: [{ shape: [2, 3, 5] }, { shape: [4, 5] }],
    run: (a, b) => tf.matMul(a, b, false, true),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'fused.matMul in batches',
    inputs: [{ shape: [2, 3, 5] }, { shape: [2, 5, 4] }],
    run: (a, b) => tf.fused.matMul({ a: a, b: b, activation: 'relu' }),
    dynamic: { 0: [0], 1: [0] },
  },
  ...ACTIVATIONS.map((a) => fused(a)),
  ...ACTIVATIONS.map((a) => fused(a, false)),
  {
    title: 'einsum',
    inputs: [{ shape: [2, 3, 5] }, { shape: [2, 5, 4] }],
    run: (a, b) => tf.einsum('Bij,Bjk->Bik', a, b),
    onlyOn: 'cpu',
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'transpose',
    inputs: [{ shape: [2, 3, 5] }],
    run: (a) => tf.transpose(a, [2, 0, 1]),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'transpose that changes nothing',
    inputs: [{ shape: [2, 3, 5] }],
    run: (a) => tf.neg(tf.transpose(a, [0, 1, 2])),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'dot',
    inputs: [{ shape: [5] }, { shape: [5] }],
    run: (a, b) => tf.dot(a, b),
  },
  {
    title: 'outerProduct',
    inputs: [{ shape: [5] }, { shape: [4] }],
    run: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    dynamic: { 0: [0] },
  },
];
