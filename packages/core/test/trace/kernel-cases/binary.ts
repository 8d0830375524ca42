import * as tf from '@tensorflow/tfjs';
import { batch, flags, image, positive, spatial, whole, x, type KernelCase } from './case.js';

const binary = (name: string, run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a = x, b = a): KernelCase[] => [
  { title: name, inputs: [a, b], run, dynamic: { 0: [0], 1: [0] } },
  { title: `${name}, broadcast`, inputs: [a, { ...b, shape: [4] }], run, dynamic: batch },
];

export const BINARY: KernelCase[] = [
  ...binary('add', tf.add),
  ...binary('atan2', tf.atan2),
  ...binary('floorDiv', tf.floorDiv, whole),
  ...binary('floorDiv of floats', tf.floorDiv, positive),
  ...binary('maximum', tf.maximum),
  ...binary('minimum', tf.minimum),
  ...binary('mod', tf.mod, positive),
  ...binary('mul', tf.mul),
  ...binary('pow', tf.pow, positive),
  ...binary('div', tf.div, positive),
  ...binary('divNoNan', tf.divNoNan),
  ...binary('squaredDifference', tf.squaredDifference),
  ...binary('sub', tf.sub),
  ...binary('equal', tf.equal, whole),
  ...binary('notEqual', tf.notEqual, whole),
  ...binary('greater', tf.greater),
  ...binary('greaterEqual', tf.greaterEqual, whole),
  ...binary('less', tf.less),
  ...binary('lessEqual', tf.lessEqual, whole),
  ...binary('logicalAnd', tf.logicalAnd, flags),
  ...binary('logicalOr', tf.logicalOr, flags),
  ...binary('logicalXor', tf.logicalXor, flags),
  { title: 'prelu', inputs: [x, { shape: [4] }], run: tf.prelu, dynamic: batch },
  { title: 'addN', inputs: [x, x, x], run: (...t) => tf.addN(t), dynamic: { 0: [0], 1: [0], 2: [0] } },
  {
    title: 'where',
    inputs: [flags, x, x],
    run: (c, a, b) => tf.where(c, a, b),
    dynamic: { 0: [0], 1: [0], 2: [0] },
  },
  {
    title: 'where, broadcast',
    inputs: [flags, x],
    run: (c, a) => tf.where(c, a, 2),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'add of a per-channel tensor reshaped',
    inputs: [image, { shape: [3] }],
    run: (a, b) => tf.add(a, tf.reshape(b, [1, 1, 1, 3])),
    dynamic: spatial,
  },
];
