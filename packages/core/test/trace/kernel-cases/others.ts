import * as tf from '@tensorflow/tfjs';
import { batch, cube, image, index, spatial, x, type KernelCase, sizeOf } from './case.js';

export const INDEXING: KernelCase[] = [
  {
    title: 'gather',
    inputs: [cube, index([5], 3)],
    run: (a, i) => tf.gather(a, i, 1),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'gather in batches',
    inputs: [cube, index([2, 2], 3)],
    run: (a, i) => tf.gather(a, i, 1, 1),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'gatherND',
    inputs: [cube, { ...index([5, 2], 2) }],
    run: (a, i) => tf.gatherND(a, i),
    dynamic: { 1: [0] },
  },
  {
    title: 'scatterND',
    inputs: [index([4, 1], 6), { shape: [4, 2] }],
    run: (i, u) => tf.scatterND(i, u, [6, 2]),
  },
  {
    title: 'tensorScatterUpdate',
    inputs: [{ shape: [6, 2] }, index([1, 1], 6), { shape: [1, 2] }],
    run: (t, i, u) => tf.tensorScatterUpdate(t, i, u),
    onlyOn: 'cpu',
  },
  {
    title: 'sparseToDense',
    inputs: [index([1], 5), { shape: [1] }],
    run: (i, v) => tf.sparseToDense(i, v, [5], 0.5),
  },
  {
    title: 'searchSorted left',
    inputs: [x, x],
    run: (s, v) => tf.searchSorted(tf.cumsum(tf.abs(s), 1), v, 'left'),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'searchSorted right',
    inputs: [x, x],
    run: (s, v) => tf.searchSorted(tf.cumsum(tf.abs(s), 1), v, 'right'),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'oneHot',
    inputs: [index([5], 4)],
    run: (i) => tf.oneHot(i, 4, 2, -1),
    dynamic: batch,
  },
  {
    title: 'topk',
    inputs: [x],
    run: (a) => {
      const { values, indices } = tf.topk(a, 2);
      return [values, indices];
    },
    dynamic: batch,
  },
];

export const OTHERS: KernelCase[] = [
  {
    title: 'broadcastArgs',
    inputs: [index([3], 4), index([2], 4)],
    run: (a, b) => tf.broadcastArgs(tf.onesLike(a), tf.onesLike(b)),
    onlyOn: 'cpu',
  },
  {
    title: 'resizeBilinear',
    inputs: [image],
    run: (a) => tf.image.resizeBilinear(a as tf.Tensor4D, [5, 12], false, true),
    dynamic: spatial,
  },
  {
    title: 'resizeBilinear to twice the size',
    inputs: [image],
    run: (a) => {
      const [, h, w] = a.shape as [number, number, number];
      return tf.image.resizeBilinear(a as tf.Tensor4D, [2 * h, 2 * w], true);
    },
    dynamic: spatial,
  },
  {
    title: 'resizeNearestNeighbor',
    inputs: [image],
    run: (a) => tf.image.resizeNearestNeighbor(a as tf.Tensor4D, [14, 18]),
    dynamic: spatial,
  },
  {
    title: 'cropAndResize',
    inputs: [image, { shape: [3, 4], low: 0, high: 1 }, index([3], 2)],
    run: (a, b, i) =>
      tf.image.cropAndResize(a as tf.Tensor4D, b as tf.Tensor2D, i as tf.Tensor1D, [4, 4], 'bilinear', 0.5),
    dynamic: { 0: [0], 1: [0], 2: [0] },
  },
  {
    title: 'transform',
    inputs: [image, { shape: [1, 8], low: 0, high: 0.5 }],
    run: (a, t) => tf.image.transform(a as tf.Tensor4D, t as tf.Tensor2D, 'bilinear', 'reflect', 0.25),
    dynamic: { 0: [1, 2] },
  },
  {
    title: 'complex, real, imag and complexAbs',
    inputs: [x, x],
    run: (a, b) => {
      const z = tf.complex(a, b);
      return [tf.real(z), tf.imag(z), tf.abs(z)];
    },
    onlyOn: 'cpu',
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'rfft',
    inputs: [x],
    run: (a) => {
      const z = tf.spectral.rfft(a);
      return [tf.real(z), tf.imag(z)];
    },
    onlyOn: 'cpu',
    dynamic: batch,
  },
  {
    title: 'ifft',
    inputs: [x, x],
    run: (a, b) => tf.real(tf.spectral.ifft(tf.complex(a, b))),
    onlyOn: 'cpu',
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'fill of unknown shape',
    inputs: [x],
    run: (a) => tf.add(a, tf.fill(a.shape as [number, number], 0.5)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'zeros of unknown shape',
    inputs: [x],
    run: (a) => tf.concat([a, tf.zeros(a.shape)], 1),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'range of unknown length',
    inputs: [x],
    run: (a) => tf.add(a, tf.range(0, sizeOf(a, 1), 1)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'linspace of unknown length',
    inputs: [x],
    run: (a) => tf.add(a, tf.linspace(0, 1, sizeOf(a, 1))),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'division by an unknown size',
    inputs: [x],
    run: (a) => tf.div(tf.sum(a, 1), sizeOf(a, 1)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'eye of unknown size',
    inputs: [{ shape: [3, 3] }],
    run: (a) => tf.matMul(a, tf.eye(sizeOf(a, 1))),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'causal mask',
    inputs: [{ shape: [2, 5, 5] }],
    run: (a) => {
      const n = sizeOf(a, 2);
      const i = tf.range(0, n, 1, 'int32');
      const seen = tf.greaterEqual(tf.expandDims(i, 1), tf.expandDims(i, 0));
      return tf.where(seen, a, -1e9);
    },
    dynamic: { 0: [0, 1, 2] },
  },
];

/** One case or more for each kernel that tracing knows. */
