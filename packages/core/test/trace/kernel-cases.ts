import * as tf from '@tensorflow/tfjs';
import type { Traced } from '@tfjs-optimize/core';

/** An input of a case: its shape, type and what its values are. */
export interface CaseInput {
  readonly shape: number[];
  readonly dtype?: 'float32' | 'int32' | 'bool';
  /** Values lie in [low, high); small whole numbers for int32. */
  readonly low?: number;
  readonly high?: number;
}

/** One TensorFlow.js op that reaches a kernel. */
export interface KernelCase {
  readonly title: string;
  readonly inputs: readonly CaseInput[];
  readonly run: (...inputs: tf.Tensor[]) => Traced;
  /** Unknown axes by input. */
  readonly dynamic?: Record<string, number[]>;
  /** Backends that have the kernel; both by default. */
  readonly only?: 'cpu';
}

const x: CaseInput = { shape: [3, 4] };
const positive: CaseInput = { shape: [3, 4], low: 0.1, high: 3 };
const unit: CaseInput = { shape: [3, 4], low: -0.9, high: 0.9 };
const above: CaseInput = { shape: [3, 4], low: 1.1, high: 3 };
const whole: CaseInput = { shape: [3, 4], dtype: 'int32', low: 1, high: 5 };
const flags: CaseInput = { shape: [3, 4], dtype: 'bool', low: 0, high: 2 };
const image: CaseInput = { shape: [2, 7, 9, 3] };
const images: CaseInput = { shape: [2, 8, 8, 4] };
const volume: CaseInput = { shape: [2, 5, 6, 7, 2] };
const batch = { 0: [0] };
const spatial = { 0: [0, 1, 2] };
const kernel = (...shape: number[]): CaseInput => ({ shape, low: -1, high: 1 });

function unary(name: string, run: (x: tf.Tensor) => tf.Tensor, input = x, only?: 'cpu'): KernelCase {
  return {
    title: name,
    inputs: [input],
    run,
    dynamic: { 0: [0, 1] },
    ...(only === undefined ? {} : { only }),
  };
}

const UNARY: KernelCase[] = [
  unary('abs', tf.abs),
  unary('acos', tf.acos, unit),
  unary('acosh', tf.acosh, above),
  unary('asin', tf.asin, unit),
  unary('asinh', tf.asinh),
  unary('atan', tf.atan),
  unary('atanh', tf.atanh, unit),
  unary('ceil', tf.ceil),
  unary('cos', tf.cos),
  unary('cosh', tf.cosh),
  unary('elu', tf.elu),
  unary('erf', tf.erf),
  unary('exp', tf.exp),
  unary('expm1', tf.expm1),
  unary('floor', tf.floor),
  unary('log', tf.log, positive),
  unary('log1p', tf.log1p, positive),
  unary('neg', tf.neg),
  unary('reciprocal', tf.reciprocal, positive),
  unary('relu', tf.relu),
  unary('relu6', (t) => tf.relu6(tf.mul(t, 5))),
  unary('round', tf.round),
  unary('rsqrt', tf.rsqrt, positive),
  unary('selu', tf.selu),
  unary('sigmoid', tf.sigmoid),
  unary('sign', tf.sign),
  unary('sin', tf.sin),
  unary('sinh', tf.sinh),
  unary('softplus', tf.softplus),
  unary('sqrt', tf.sqrt, positive),
  unary('square', tf.square),
  unary('step', (t) => tf.step(t, 0.25)),
  unary('step of zero slope', (t) => tf.step(t)),
  unary('tan', tf.tan, unit),
  unary('tanh', tf.tanh),
  unary('zerosLike', tf.zerosLike),
  unary('onesLike', tf.onesLike),
  unary('isNaN', tf.isNaN),
  unary('isInf', tf.isInf),
  unary('isFinite', tf.isFinite),
  unary('logicalNot', tf.logicalNot, flags),
  unary('leakyRelu', (t) => tf.leakyRelu(t, 0.3)),
  unary('clipByValue', (t) => tf.clipByValue(t, -0.3, 0.7)),
  unary('cast to int', (t) => tf.cast(tf.mul(t, 9), 'int32')),
  unary('cast to bool', (t) => tf.cast(t, 'bool')),
  unary('cast to float', (t) => tf.cast(t, 'float32'), whole),
  unary('softmax', (t) => tf.softmax(t)),
  unary('logSoftmax', (t) => tf.logSoftmax(t)),
  unary('logSigmoid', tf.logSigmoid),
  unary('hardSigmoid', (t) => tf.clipByValue(tf.add(tf.mul(t, 0.2), 0.5), 0, 1)),
];

const binary = (name: string, run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a = x, b = a): KernelCase[] => [
  { title: name, inputs: [a, b], run, dynamic: { 0: [0], 1: [0] } },
  { title: `${name}, broadcast`, inputs: [a, { ...b, shape: [4] }], run, dynamic: batch },
];

const BINARY: KernelCase[] = [
  ...binary('add', tf.add),
  ...binary('atan2', tf.atan2),
  ...binary('floorDiv', tf.floorDiv, whole),
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
  { title: 'prelu', inputs: [x, { shape: [4] }], run: tf.prelu as KernelCase['run'], dynamic: batch },
  { title: 'addN', inputs: [x, x, x], run: (...t) => tf.addN(t), dynamic: { 0: [0], 1: [0], 2: [0] } },
  {
    title: 'where',
    inputs: [flags, x, x],
    run: (c, a, b) => tf.where(c as tf.Tensor, a as tf.Tensor, b as tf.Tensor),
    dynamic: { 0: [0], 1: [0], 2: [0] },
  },
  {
    title: 'where, broadcast',
    inputs: [flags, x],
    run: (c, a) => tf.where(c as tf.Tensor, a as tf.Tensor, 2),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'add of a per-channel tensor reshaped',
    inputs: [image, { shape: [3] }],
    run: (a, b) => tf.add(a as tf.Tensor, tf.reshape(b as tf.Tensor, [1, 1, 1, 3])),
    dynamic: spatial,
  },
];

const matrix = { shape: [3, 5] };
const fused = (activation: string, bias = true): KernelCase => ({
  title: `fused.matMul ${activation}${bias ? '' : ' without bias'}`,
  inputs: [matrix, { shape: [5, 4] }, { shape: [4] }],
  run: (a, b, c) =>
    tf.fused.matMul({
      a: a as tf.Tensor,
      b: b as tf.Tensor,
      ...(bias ? { bias: c as tf.Tensor } : {}),
      activation: activation as 'relu',
      ...(activation === 'prelu' ? { preluActivationWeights: c as tf.Tensor } : {}),
      leakyreluAlpha: 0.15,
    }),
  dynamic: batch,
});
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'];

const MATRICES: KernelCase[] = [
  {
    title: 'matMul',
    inputs: [matrix, { shape: [5, 4] }],
    run: (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor),
    dynamic: batch,
  },
  {
    title: 'matMul transposed',
    inputs: [{ shape: [5, 3] }, { shape: [4, 5] }],
    run: (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, true, true),
    dynamic: { 0: [1] },
  },
  {
    title: 'matMul in batches',
    inputs: [{ shape: [2, 3, 5] }, { shape: [2, 5, 4] }],
    run: (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor),
    dynamic: { 0: [0, 1], 1: [0] },
  },
  {
    title: 'matMul of a batch and a matrix',
    inputs: [{ shape: [2, 3, 5] }, { shape: [4, 5] }],
    run: (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, false, true),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'fused.matMul in batches',
    inputs: [{ shape: [2, 3, 5] }, { shape: [2, 5, 4] }],
    run: (a, b) => tf.fused.matMul({ a: a as tf.Tensor, b: b as tf.Tensor, activation: 'relu' }),
    dynamic: { 0: [0], 1: [0] },
  },
  ...ACTIVATIONS.map((a) => fused(a)),
  ...ACTIVATIONS.map((a) => fused(a, false)),
  {
    title: 'einsum',
    inputs: [{ shape: [2, 3, 5] }, { shape: [2, 5, 4] }],
    run: (a, b) => tf.einsum('Bij,Bjk->Bik', a as tf.Tensor, b as tf.Tensor),
    only: 'cpu',
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'transpose',
    inputs: [{ shape: [2, 3, 5] }],
    run: (a) => tf.transpose(a as tf.Tensor, [2, 0, 1]),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'transpose that changes nothing',
    inputs: [{ shape: [2, 3, 5] }],
    run: (a) => tf.neg(tf.transpose(a as tf.Tensor, [0, 1, 2])),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'dot',
    inputs: [{ shape: [5] }, { shape: [5] }],
    run: (a, b) => tf.dot(a as tf.Tensor, b as tf.Tensor),
  },
  {
    title: 'outerProduct',
    inputs: [{ shape: [5] }, { shape: [4] }],
    run: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    dynamic: { 0: [0] },
  },
];

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
      ...(bias ? { bias: c as tf.Tensor } : {}),
      activation: activation as 'relu',
      ...(activation === 'prelu' ? { preluActivationWeights: c as tf.Tensor } : {}),
      leakyreluAlpha: 0.15,
    }),
  dynamic: spatial,
});

const CONVOLUTIONS: KernelCase[] = [
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
    run: (a, f) =>
      tf.conv2dTranspose(
        a as tf.Tensor4D,
        f as tf.Tensor4D,
        [(a as tf.Tensor).shape[0] as number, 8, 10, 6],
        2,
        'same',
      ),
    dynamic: batch,
  },
  {
    title: 'conv2dTranspose of unknown size',
    inputs: [{ shape: [2, 4, 5, 3] }, kernel(3, 3, 6, 3)],
    run: (a, f) => {
      const [n, h, w] = (a as tf.Tensor).shape as [number, number, number];
      return tf.conv2dTranspose(a as tf.Tensor4D, f as tf.Tensor4D, [n, 2 * h, 2 * w, 6], 2, 'same');
    },
    dynamic: spatial,
  },
  {
    title: 'conv3d',
    inputs: [volume, kernel(3, 3, 3, 2, 4)],
    run: (a, f) => tf.conv3d(a as tf.Tensor5D, f as tf.Tensor5D, [1, 2, 1], 'same'),
    only: 'cpu',
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
    only: 'cpu',
    dynamic: batch,
  },
  {
    title: 'avgPool3d',
    inputs: [volume],
    run: (a) => tf.avgPool3d(a as tf.Tensor5D, 2, 2, 'same'),
    only: 'cpu',
    dynamic: batch,
  },
  {
    title: 'maxPoolWithArgmax',
    inputs: [image],
    run: (a) => {
      const { result, indexes } = tf.maxPoolWithArgmax(a as tf.Tensor4D, 2, 2, 'valid');
      return [result as tf.Tensor, indexes as tf.Tensor];
    },
    only: 'cpu',
    dynamic: batch,
  },
];

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

const NORMALIZATION: KernelCase[] = [
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
    only: 'cpu',
    dynamic: spatial,
  },
  {
    title: 'moments',
    inputs: [x],
    run: (a) => {
      const { mean, variance } = tf.moments(a as tf.Tensor, 1, true);
      return [mean, variance];
    },
    dynamic: batch,
  },
];

const cube: CaseInput = { shape: [2, 3, 4] };
const open3 = { 0: [0, 1] };
const REDUCTIONS: KernelCase[] = [
  { title: 'sum', inputs: [cube], run: (a) => tf.sum(a as tf.Tensor, [0, -1]), dynamic: open3 },
  { title: 'sum of all', inputs: [cube], run: (a) => tf.sum(a as tf.Tensor), dynamic: open3 },
  { title: 'sum of flags', inputs: [flags], run: (a) => tf.sum(a as tf.Tensor, 1), dynamic: batch },
  { title: 'mean', inputs: [cube], run: (a) => tf.mean(a as tf.Tensor, 1, true), dynamic: open3 },
  { title: 'max', inputs: [cube], run: (a) => tf.max(a as tf.Tensor, 1), dynamic: open3 },
  { title: 'min', inputs: [cube], run: (a) => tf.min(a as tf.Tensor, -1, true), dynamic: open3 },
  { title: 'prod', inputs: [cube], run: (a) => tf.prod(a as tf.Tensor, 1), dynamic: batch },
  { title: 'all', inputs: [flags], run: (a) => tf.all(a as tf.Tensor, 1), dynamic: batch },
  { title: 'any', inputs: [flags], run: (a) => tf.any(a as tf.Tensor), dynamic: batch },
  { title: 'argMax', inputs: [cube], run: (a) => tf.argMax(a as tf.Tensor, -1), dynamic: open3 },
  { title: 'argMin', inputs: [cube], run: (a) => tf.argMin(a as tf.Tensor, 1), dynamic: open3 },
  { title: 'cumsum', inputs: [cube], run: (a) => tf.cumsum(a as tf.Tensor, 1, true, true), dynamic: open3 },
  { title: 'cumprod', inputs: [cube], run: (a) => tf.cumprod(a as tf.Tensor, 2), dynamic: open3 },
  { title: 'logSumExp', inputs: [cube], run: (a) => tf.logSumExp(a as tf.Tensor, 1), dynamic: open3 },
  { title: 'norm', inputs: [cube], run: (a) => tf.norm(a as tf.Tensor, 2, -1), dynamic: open3 },
  {
    title: 'bincount',
    inputs: [{ ...whole, shape: [9] }, { shape: [9] }],
    run: (a, w) => tf.bincount(a as tf.Tensor1D, w as tf.Tensor1D, 6),
    only: 'cpu',
  },
  {
    title: 'denseBincount',
    inputs: [whole],
    run: (a) => tf.denseBincount(a as tf.Tensor2D, [] as unknown as tf.Tensor2D, 6, true),
    dynamic: batch,
  },
];

const SHAPING: KernelCase[] = [
  { title: 'reshape to a row', inputs: [cube], run: (a) => tf.reshape(a as tf.Tensor, [-1]), dynamic: open3 },
  {
    title: 'reshape that joins unknown axes',
    inputs: [cube],
    run: (a) => tf.reshape(a as tf.Tensor, [-1, 4]),
    dynamic: open3,
  },
  {
    title: 'reshape that splits an axis',
    inputs: [cube],
    run: (a) => {
      const [n, t] = (a as tf.Tensor).shape as [number, number];
      return tf.reshape(a as tf.Tensor, [n, t, 2, 2]);
    },
    dynamic: open3,
  },
  {
    title: 'expandDims and squeeze',
    inputs: [cube],
    run: (a) => tf.squeeze(tf.neg(tf.expandDims(a as tf.Tensor, 1)), [1]),
    dynamic: open3,
  },
  {
    title: 'slice',
    inputs: [cube],
    run: (a) => tf.slice(a as tf.Tensor, [0, 1, 0], [-1, -1, 3]),
    dynamic: open3,
  },
  {
    title: 'slice of half',
    inputs: [{ shape: [2, 10, 4] }],
    run: (a) => tf.slice(a as tf.Tensor, [0, 0, 0], [-1, Math.floor((a as tf.Tensor).shape[1]! / 2), -1]),
    dynamic: open3,
  },
  {
    title: 'stridedSlice',
    inputs: [{ shape: [2, 7, 4] }],
    run: (a) => tf.stridedSlice(a as tf.Tensor, [0, 5, 0], [2, 0, 4], [1, -2, 1]),
    dynamic: batch,
  },
  {
    title: 'stridedSlice with masks',
    inputs: [cube],
    run: (a) => tf.stridedSlice(a as tf.Tensor, [0, 1], [0, 3], [1, 1], 0b01, 0b01, 0, 0, 0b10),
    dynamic: { 0: [0] },
  },
  {
    title: 'concat',
    inputs: [cube, { shape: [2, 5, 4] }],
    run: (a, b) => tf.concat([a as tf.Tensor, b as tf.Tensor], 1),
    dynamic: { 0: [0, 1], 1: [0, 1] },
  },
  {
    title: 'split in equal parts',
    inputs: [cube],
    run: (a) => tf.split(a as tf.Tensor, 2, -1),
    dynamic: open3,
  },
  {
    title: 'split by sizes',
    inputs: [{ shape: [2, 3, 5] }],
    run: (a) => tf.split(a as tf.Tensor, [1, 4], 2),
    dynamic: open3,
  },
  {
    title: 'stack',
    inputs: [x, x],
    run: (a, b) => tf.stack([a as tf.Tensor, b as tf.Tensor], 1),
    dynamic: { 0: [0], 1: [0] },
  },
  { title: 'unstack', inputs: [cube], run: (a) => tf.unstack(a as tf.Tensor, 2), dynamic: open3 },
  { title: 'tile', inputs: [x], run: (a) => tf.tile(a as tf.Tensor, [2, 3]), dynamic: { 0: [0, 1] } },
  {
    title: 'broadcastTo',
    inputs: [{ shape: [1, 4] }, x],
    run: (a, b) => tf.broadcastTo(a as tf.Tensor, (b as tf.Tensor).shape as [number, number]),
    dynamic: { 1: [0] },
  },
  {
    title: 'pad',
    inputs: [x],
    run: (a) =>
      tf.pad(
        a as tf.Tensor,
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
        a as tf.Tensor,
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
        a as tf.Tensor,
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
        a as tf.Tensor,
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
        a as tf.Tensor,
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
        a as tf.Tensor,
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
  { title: 'reverse', inputs: [cube], run: (a) => tf.reverse(a as tf.Tensor, [1]), dynamic: open3 },
  {
    title: 'flipLeftRight',
    inputs: [image],
    run: (a) => tf.image.flipLeftRight(a as tf.Tensor4D),
    dynamic: spatial,
  },
  { title: 'identity', inputs: [x], run: (a) => tf.relu(tf.clone(a as tf.Tensor)), dynamic: batch },
];

const index = (shape: number[], high: number): CaseInput => ({ shape, dtype: 'int32', low: 0, high });
const INDEXING: KernelCase[] = [
  {
    title: 'gather',
    inputs: [cube, index([5], 3)],
    run: (a, i) => tf.gather(a as tf.Tensor, i as tf.Tensor1D, 1),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'gather in batches',
    inputs: [cube, index([2, 2], 3)],
    run: (a, i) => tf.gather(a as tf.Tensor, i as tf.Tensor1D, 1, 1),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'gatherND',
    inputs: [cube, { ...index([5, 2], 2) }],
    run: (a, i) => tf.gatherND(a as tf.Tensor, i as tf.Tensor),
    dynamic: { 1: [0] },
  },
  {
    title: 'scatterND',
    inputs: [index([4, 1], 6), { shape: [4, 2] }],
    run: (i, u) => tf.scatterND(i as tf.Tensor, u as tf.Tensor, [6, 2]),
  },
  {
    title: 'tensorScatterUpdate',
    inputs: [{ shape: [6, 2] }, index([1, 1], 6), { shape: [1, 2] }],
    run: (t, i, u) => tf.tensorScatterUpdate(t as tf.Tensor, i as tf.Tensor, u as tf.Tensor),
    only: 'cpu',
  },
  {
    title: 'sparseToDense',
    inputs: [index([1], 5), { shape: [1] }],
    run: (i, v) => tf.sparseToDense(i as tf.Tensor, v as tf.Tensor, [5], 0.5),
  },
  {
    title: 'searchSorted left',
    inputs: [x, x],
    run: (s, v) => tf.searchSorted(tf.cumsum(tf.abs(s as tf.Tensor), 1), v as tf.Tensor, 'left'),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'searchSorted right',
    inputs: [x, x],
    run: (s, v) => tf.searchSorted(tf.cumsum(tf.abs(s as tf.Tensor), 1), v as tf.Tensor, 'right'),
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'oneHot',
    inputs: [index([5], 4)],
    run: (i) => tf.oneHot(i as tf.Tensor1D, 4, 2, -1),
    dynamic: batch,
  },
  {
    title: 'topk',
    inputs: [x],
    run: (a) => {
      const { values, indices } = tf.topk(a as tf.Tensor, 2);
      return [values, indices];
    },
    dynamic: batch,
  },
];

const OTHERS: KernelCase[] = [
  {
    title: 'broadcastArgs',
    inputs: [index([3], 4), index([2], 4)],
    run: (a, b) => tf.broadcastArgs(tf.onesLike(a as tf.Tensor), tf.onesLike(b as tf.Tensor)),
    only: 'cpu',
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
      const [, h, w] = (a as tf.Tensor).shape as [number, number, number];
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
      const z = tf.complex(a as tf.Tensor, b as tf.Tensor);
      return [tf.real(z), tf.imag(z), tf.abs(z)];
    },
    only: 'cpu',
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'rfft',
    inputs: [x],
    run: (a) => {
      const z = tf.spectral.rfft(a as tf.Tensor);
      return [tf.real(z), tf.imag(z)];
    },
    only: 'cpu',
    dynamic: batch,
  },
  {
    title: 'ifft',
    inputs: [x, x],
    run: (a, b) => tf.real(tf.spectral.ifft(tf.complex(a as tf.Tensor, b as tf.Tensor))),
    only: 'cpu',
    dynamic: { 0: [0], 1: [0] },
  },
  {
    title: 'fill of unknown shape',
    inputs: [x],
    run: (a) => tf.add(a as tf.Tensor, tf.fill((a as tf.Tensor).shape as [number, number], 0.5)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'zeros of unknown shape',
    inputs: [x],
    run: (a) => tf.concat([a as tf.Tensor, tf.zeros((a as tf.Tensor).shape)], 1),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'range of unknown length',
    inputs: [x],
    run: (a) => tf.add(a as tf.Tensor, tf.range(0, (a as tf.Tensor).shape[1]!, 1)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'linspace of unknown length',
    inputs: [x],
    run: (a) => tf.add(a as tf.Tensor, tf.linspace(0, 1, (a as tf.Tensor).shape[1]!)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'division by an unknown size',
    inputs: [x],
    run: (a) => tf.div(tf.sum(a as tf.Tensor, 1), (a as tf.Tensor).shape[1]!),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'eye of unknown size',
    inputs: [{ shape: [3, 3] }],
    run: (a) => tf.matMul(a as tf.Tensor, tf.eye((a as tf.Tensor).shape[1]!)),
    dynamic: { 0: [0, 1] },
  },
  {
    title: 'causal mask',
    inputs: [{ shape: [2, 5, 5] }],
    run: (a) => {
      const n = (a as tf.Tensor).shape[2]!;
      const i = tf.range(0, n, 1, 'int32');
      const seen = tf.greaterEqual(tf.expandDims(i, 1), tf.expandDims(i, 0));
      return tf.where(seen, a as tf.Tensor, -1e9);
    },
    dynamic: { 0: [0, 1, 2] },
  },
];

/** One case or more for each kernel that tracing knows. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...UNARY,
  ...BINARY,
  ...MATRICES,
  ...CONVOLUTIONS,
  ...NORMALIZATION,
  ...REDUCTIONS,
  ...SHAPING,
  ...INDEXING,
  ...OTHERS,
];
