import * as tf from '@tensorflow/tfjs';
import { ACTIVATIONS, batch, image, kernel, spatial, volume, type KernelCase } from './case.js';

type Pad =
  'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
const conv = (title: string, strides: number, pad: Pad, dilation = 1): KernelCase => ({
  title: `conv2d ${title}`,
  inputs: [image, kernel(3, 3, 3, 5)],
  run: (a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, strides, pad, 'NHWC', dilation),
  dynamic: spatial,
});
const depthwise = (title: string, strides: number, pad: Pad, dilation = 1): KernelCase => ({
  title: `depthwiseConv2d ${title}`,
  inputs: [image, kernel(3, 3, 3, 2)],
  run: (a, f) => tf.depthwiseConv2d(a as tf.Tensor4D, f as tf.Tensor4D, strides, pad, 'NHWC', dilation),
  dynamic: spatial,
});
const fusedConv = (activation: string, op: 'conv2d' | 'depthwiseConv2d', bias = true): KernelCase => ({
  title: `fused.${op} ${activation}${bias ? '' : ' without bias'}`,
  inputs: [image, kernel(3, 3, 3, op === 'conv2d' ? 6 : 2), { shape: [6] }],
  run: (a, f, c) =>
    tf.fused[op]({
      x: a as tf.Tensor4D,
      filter: f as tf.Tensor4D,
      strides: 1,
      pad: 'same',
      ...(bias ? { bias: c } : {}),
      activation: activation as 'relu',
      ...(activation === 'prelu' ? { preluActivationWeights: c } : {}),
      leakyreluAlpha: 0.15,
    }),
  dynamic: spatial,
});

export const CONVOLUTIONS: KernelCase[] = [
  conv('same', 1, 'same'),
  conv('valid, stride 2', 2, 'valid'),
  conv('same, stride 2', 2, 'same'),
  conv('padded by a number', 1, 1),
  conv('padded side by side', 1, [
    [0, 0],
    [1, 2],
    [0, 1],
    [0, 0],
  ]),
  conv('dilated', 1, 'same', 2),
  depthwise('same', 1, 'same'),
  depthwise('valid, stride 2', 2, 'valid'),
  depthwise('padded by a number', 1, 1),
  depthwise('dilated', 1, 'valid', 2),
  ...ACTIVATIONS.map((a) => fusedConv(a, 'conv2d')),
  fusedConv('relu', 'conv2d', false),
  fusedConv('linear', 'conv2d', false),
  ...ACTIVATIONS.map((a) => fusedConv(a, 'depthwiseConv2d')),
  fusedConv('relu6', 'depthwiseConv2d', false),
  {
    title: 'conv2d with a rounding mode',
    inputs: [image, kernel(3, 3, 3, 5)],
    run: (a, f) => tf.conv2d(a as tf.Tensor4D, f as tf.Tensor4D, 2, 1, 'NHWC', 1, 'floor'),
    dynamic: batch,
  },
  {
    title: 'conv1d',
    inputs: [{ shape: [2, 9, 3] }, kernel(3, 3, 4)],
    run: (a, f) => tf.conv1d(a as tf.Tensor3D, f as tf.Tensor3D, 2, 'same'),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'conv2d without a batch',
    inputs: [{ shape: [7, 9, 3] }, kernel(3, 3, 3, 5)],
    run: (a, f) => tf.conv2d(a as tf.Tensor3D, f as tf.Tensor4D, 1, 'same'),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'separableConv2d',
    inputs: [image, kernel(3, 3, 3, 2), kernel(1, 1, 6, 4)],
    run: (a, d, p) => tf.separableConv2d(a as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 1, 'same'),
    dynamic: spatial,
  },
  {
    title: 'conv2dTranspose',
    inputs: [{ shape: [2, 4, 5, 3] }, kernel(3, 3, 6, 3)],
    run: (a, f) => tf.conv2dTranspose(a as tf.Tensor4D, f as tf.Tensor4D, [a.shape[0], 8, 10, 6], 2, 'same'),
    dynamic: batch,
  },
  {
    title: 'conv2dTranspose of unknown size',
    inputs: [{ shape: [2, 4, 5, 3] }, kernel(3, 3, 6, 3)],
    run: (a, f) => {
      const [n, h, w] = a.shape as [number, number, number];
      return tf.conv2dTranspose(a as tf.Tensor4D, f as tf.Tensor4D, [n, 2 * h, 2 * w, 6], 2, 'same');
    },
    dynamic: spatial,
  },
  {
    title: 'conv3d',
    inputs: [volume, kernel(3, 3, 3, 2, 4)],
    run: (a, f) => tf.conv3d(a as tf.Tensor5D, f as tf.Tensor5D, [1, 2, 1], 'same'),
    onlyOn: 'cpu',
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'dilation2d',
    inputs: [image, kernel(2, 2, 3)],
    run: (a, f) => tf.dilation2d(a as tf.Tensor4D, f as tf.Tensor3D, 1, 'same'),
    dynamic: spatial,
  },
  {
    title: 'maxPool',
    inputs: [image],
    run: (a) => tf.maxPool(a as tf.Tensor4D, 2, 2, 'same'),
    dynamic: spatial,
  },
  {
    title: 'maxPool padded by a number',
    inputs: [image],
    run: (a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 1),
    dynamic: batch,
  },
  {
    title: 'avgPool',
    inputs: [image],
    run: (a) => tf.avgPool(a as tf.Tensor4D, [2, 3], [2, 1], 'valid'),
    dynamic: spatial,
  },
  {
    title: 'avgPool same',
    inputs: [image],
    run: (a) => tf.avgPool(a as tf.Tensor4D, 3, 2, 'same'),
    dynamic: spatial,
  },
  {
    title: 'maxPool3d',
    inputs: [volume],
    run: (a) => tf.maxPool3d(a as tf.Tensor5D, 2, 2, 'valid'),
    onlyOn: 'cpu',
    dynamic: batch,
  },
  {
    title: 'avgPool3d',
    inputs: [volume],
    run: (a) => tf.avgPool3d(a as tf.Tensor5D, 2, 2, 'same'),
    onlyOn: 'cpu',
    dynamic: batch,
  },
  {
    title: 'maxPoolWithArgmax',
    inputs: [image],
    run: (a) => {
      const { result, indexes } = tf.maxPoolWithArgmax(a as tf.Tensor4D, 2, 2, 'valid');
      return [result as tf.Tensor, indexes as tf.Tensor];
    },
    onlyOn: 'cpu',
    dynamic: batch,
  },
];
