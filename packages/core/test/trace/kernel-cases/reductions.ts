import * as tf from '@tensorflow/tfjs';
import {
  batch,
  cube,
  flags,
  image,
  images,
  open3,
  spatial,
  whole,
  x,
  type CaseInput,
  type KernelCase,
} from './case.js';

const channel: CaseInput = { shape: [3], low: 0.2, high: 2 };
const norm = (title: string, input: CaseInput, pieces: number): KernelCase => ({
  title: `batchNorm ${title}`,
  inputs: [{ ...input, shape: [...input.shape.slice(0, -1), 3] }, channel, channel, channel, channel],
  run: (a, m, v, o, s) =>
    tf.batchNorm(
      a as tf.Tensor4D,
      m as tf.Tensor1D,
      v as tf.Tensor1D,
      ...((pieces === 2 ? [] : [pieces & 4 ? undefined : o, s]) as [tf.Tensor1D, tf.Tensor1D]),
      0.01,
    ),
  dynamic: batch,
});

export const NORMALIZATION: KernelCase[] = [
  norm('of images', image, 3),
  norm('of rows', { shape: [4, 3] }, 3),
  norm('of sequences', { shape: [4, 6, 3] }, 3),
  norm('without offset', image, 4),
  {
    title: 'batchNorm without offset and scale',
    inputs: [image, channel, channel],
    run: (a, m, v) => tf.batchNorm(a as tf.Tensor4D, m as tf.Tensor1D, v as tf.Tensor1D),
    dynamic: spatial,
  },
  {
    title: 'localResponseNormalization',
    inputs: [images],
    run: (a) => tf.localResponseNormalization(a as tf.Tensor4D, 2, 1.5, 0.5, 0.7),
    onlyOn: 'cpu',
    dynamic: spatial,
  },
  {
    title: 'moments',
    inputs: [x],
    run: (a) => {
      const { mean, variance } = tf.moments(a, 1, true);
      return [mean, variance];
    },
    dynamic: batch,
  },
];

export const REDUCTIONS: KernelCase[] = [
  { title: 'sum', inputs: [cube], run: (a) => tf.sum(a, [0, -1]), dynamic: open3 },
  { title: 'sum of all', inputs: [cube], run: (a) => tf.sum(a), dynamic: open3 },
  { title: 'sum of flags', inputs: [flags], run: (a) => tf.sum(a, 1), dynamic: batch },
  { title: 'mean', inputs: [cube], run: (a) => tf.mean(a, 1, true), dynamic: open3 },
  { title: 'max', inputs: [cube], run: (a) => tf.max(a, 1), dynamic: open3 },
  { title: 'min', inputs: [cube], run: (a) => tf.min(a, -1, true), dynamic: open3 },
  { title: 'prod', inputs: [cube], run: (a) => tf.prod(a, 1), dynamic: batch },
  { title: 'all', inputs: [flags], run: (a) => tf.all(a, 1), dynamic: batch },
  { title: 'any', inputs: [flags], run: (a) => tf.any(a), dynamic: batch },
  { title: 'argMax', inputs: [cube], run: (a) => tf.argMax(a, -1), dynamic: open3 },
  { title: 'argMin', inputs: [cube], run: (a) => tf.argMin(a, 1), dynamic: open3 },
  { title: 'cumsum', inputs: [cube], run: (a) => tf.cumsum(a, 1, true, true), dynamic: open3 },
  { title: 'cumprod', inputs: [cube], run: (a) => tf.cumprod(a, 2), dynamic: open3 },
  { title: 'logSumExp', inputs: [cube], run: (a) => tf.logSumExp(a, 1), dynamic: open3 },
  { title: 'norm', inputs: [cube], run: (a) => tf.norm(a, 2, -1), dynamic: open3 },
  {
    title: 'bincount',
    inputs: [{ ...whole, shape: [9] }, { shape: [9] }],
    run: (a, w) => tf.bincount(a as tf.Tensor1D, w as tf.Tensor1D, 6),
    onlyOn: 'cpu',
  },
  {
    title: 'denseBincount',
    inputs: [whole],
    run: (a) => tf.denseBincount(a as tf.Tensor2D, [], 6, true),
    dynamic: batch,
  },
];
