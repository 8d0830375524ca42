import * as tf from '@tensorflow/tfjs';
import { batch, cube, image, images, open3, spatial, whole, x, type KernelCase, sizeOf } from './case.js';

export const SHAPING: KernelCase[] = [
  { title: 'reshape to a row', inputs: [cube], run: (a) => tf.reshape(a, [-1]), dynamic: open3 },
  {
    title: 'reshape that joins unknown axes',
    inputs: [cube],
    run: (a) => tf.reshape(a, [-1, 4]),
    dynamic: open3,
  },
  {
    title: 'reshape that splits an axis',
    inputs: [cube],
    run: (a) => {
      const [n, t] = a.shape as [number, number];
      return tf.reshape(a, [n, t, 2, 2]);
    },
    dynamic: open3,
  },
  {
    title: 'expandDims and squeeze',
    inputs: [cube],
    run: (a) => tf.squeeze(tf.neg(tf.expandDims(a, 1)), [1]),
    dynamic: open3,
  },
  {
    title: 'slice',
    inputs: [cube],
    run: (a) => tf.slice(a, [0, 1, 0], [-1, -1, 3]),
    dynamic: open3,
  },
  {
    title: 'slice of half',
    inputs: [{ shape: [2, 10, 4] }],
    run: (a) => tf.slice(a, [0, 0, 0], [-1, Math.floor(sizeOf(a, 1) / 2), -1]),
    dynamic: open3,
  },
  {
    title: 'stridedSlice',
    inputs: [{ shape: [2, 7, 4] }],
    run: (a) => tf.stridedSlice(a, [0, 5, 0], [2, 0, 4], [1, -2, 1]),
    dynamic: batch,
  },
  {
    title: 'stridedSlice with masks',
    inputs: [cube],
    run: (a) => tf.stridedSlice(a, [0, 1], [0, 3], [1, 1], 0b01, 0b01, 0, 0, 0b10),
    dynamic: { 0: [0] },
  },
  {
    title: 'concat',
    inputs: [cube, { shape: [2, 5, 4] }],
    run: (a, b) => tf.concat([a, b], 1),
    dynamic: { 0: [0, 1], 1: [0, 1] },
  },
  {
    title: 'split in equal parts',
    inputs: [cube],
    run: (a) => tf.split(a, 2, -1),
    dynamic: open3,
  },
  {
    title: 'split by sizes',
    inputs: [{ shape: [2, 3, 5] }],
    run: (a) => tf.split(a, [1, 4], 2),
    dynamic: open3,
  },
  {
    title: 'stack',
    inputs: [x, x],
    run: (a, b) => tf.stack([a, b], 1),
    dynamic: { 0: [0], 1: [0] },
  },
  { title: 'unstack', inputs: [cube], run: (a) => tf.unstack(a, 2), dynamic: open3 },
  { title: 'tile', inputs: [x], run: (a) => tf.tile(a, [2, 3]), dynamic: { 0: [0, 1] } },
  {
    title: 'broadcastTo',
    inputs: [{ shape: [1, 4] }, x],
    run: (a, b) => tf.broadcastTo(a, b.shape),
    dynamic: { 1: [0] },
  },
  {
    title: 'pad',
    inputs: [x],
    run: (a) =>
      tf.pad(
        a,
        [
          [0, 0],
          [1, 2],
        ],
        0.5,
      ),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'pad of integers',
    inputs: [whole],
    run: (a) =>
      tf.pad(
        a,
        [
          [1, 0],
          [1, 2],
        ],
        3,
      ),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'mirrorPad',
    inputs: [x],
    run: (a) =>
      tf.mirrorPad(
        a,
        [
          [0, 0],
          [1, 2],
        ],
        'reflect',
      ),
    dynamic: batch,
  },
  {
    title: 'mirrorPad symmetric',
    inputs: [x],
    run: (a) =>
      tf.mirrorPad(
        a,
        [
          [0, 0],
          [1, 2],
        ],
        'symmetric',
      ),
    dynamic: batch,
  },
  {
    title: 'spaceToBatchND',
    inputs: [images],
    run: (a) =>
      tf.spaceToBatchND(
        a,
        [2, 2],
        [
          [0, 0],
          [2, 0],
        ],
      ),
    dynamic: batch,
  },
  {
    title: 'batchToSpaceND',
    inputs: [{ shape: [4, 3, 3, 2] }],
    run: (a) =>
      tf.batchToSpaceND(
        a,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
  },
  {
    title: 'depthToSpace',
    inputs: [images],
    run: (a) => tf.depthToSpace(a as tf.Tensor4D, 2, 'NHWC'),
    dynamic: spatial,
  },
  { title: 'reverse', inputs: [cube], run: (a) => tf.reverse(a, [1]), dynamic: open3 },
  {
    title: 'flipLeftRight',
    inputs: [image],
    run: (a) => tf.image.flipLeftRight(a as tf.Tensor4D),
    dynamic: spatial,
  },
  { title: 'identity', inputs: [x], run: (a) => tf.relu(tf.clone(a)), dynamic: batch },
];
