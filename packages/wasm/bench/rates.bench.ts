import type { BenchCase } from '@tfjs-optimize/benchmark';
import { backend, interleave, spread } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { gelu, layerNorm, simdInUse } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';

/** A kernel with the work of one call: what it is limited by, arithmetic or memory. */
interface Rate {
  readonly id: string;
  readonly what: string;
  readonly shapes: readonly (readonly number[])[];
  readonly call: (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[] | null;
  /** Floating-point operations of the definition, or numbers read and written. */
  readonly work: { readonly flops: number } | { readonly numbers: number };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Images of the middle of a ResNet-18, and of a MobileNet. */
const [IMAGE, WIDE] = [
  [1, 28, 28, 128],
  [1, 56, 56, 144],
];
/** Numbers that fit into no cache. */
const MANY = [16, 1024, 1024];
const ROWS = [512, 768];

const conv =
  (stride: number) =>
  (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same');

const RATES: readonly Rate[] = [
  {
    id: 'gemm-512',
    what: 'product of 512 × 512 by 512 × 512',
    shapes: [
      [512, 512],
      [512, 512],
    ],
    call: (a, b) => tf.matMul(a, b),
    work: { flops: 2 * 512 ** 3 },
  },
  {
    id: 'gemv-4096',
    what: 'a vector by 4096 × 4096',
    shapes: [
      [1, 4096],
      [4096, 4096],
    ],
    call: (a, b) => tf.matMul(a, b),
    work: { numbers: 4096 ** 2 },
  },
  {
    id: 'winograd',
    what: 'convolution 3 × 3, 28 × 28 × 128, by Winograd; operations of the definition',
    shapes: [IMAGE, [3, 3, 128, 128]],
    call: conv(1),
    work: { flops: 2 * 28 * 28 * 9 * 128 * 128 },
  },
  {
    id: 'patches',
    what: 'convolution 3 × 3, 28 × 28 × 128, stride 2, by patches',
    shapes: [IMAGE, [3, 3, 128, 128]],
    call: conv(2),
    work: { flops: 2 * 14 * 14 * 9 * 128 * 128 },
  },
  {
    id: 'pointwise',
    what: 'convolution 1 × 1, 56 × 56 × 144 to 24',
    shapes: [WIDE, [1, 1, 144, 24]],
    call: conv(1),
    work: { flops: 2 * 56 * 56 * 144 * 24 },
  },
  {
    id: 'depthwise',
    what: 'depthwise convolution 3 × 3, 56 × 56 × 144',
    shapes: [WIDE, [3, 3, 144, 1]],
    call: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    work: { flops: 2 * 56 * 56 * 144 * 9 },
  },
  {
    id: 'conv-gradients',
    what: 'both gradients of a convolution 3 × 3, 28 × 28 × 128',
    shapes: [IMAGE, [3, 3, 128, 128]],
    call: (x, w) => tf.grads(conv(1))([x, w]),
    work: { flops: 3 * 2 * 28 * 28 * 9 * 128 * 128 },
  },
  {
    id: 'max-pool-gradient',
    what: 'gradient of max pooling 2 × 2, 16 × 112 × 112 × 64',
    shapes: [[16, 112, 112, 64]],
    call: (x) => tf.grad((y: tf.Tensor) => tf.maxPool(y as tf.Tensor4D, 2, 2, 'same'))(x),
    work: { numbers: sizeOf([16, 112, 112, 64]) * 3 },
  },
  {
    id: 'sum',
    what: 'sum of 16 Mi numbers along the last axis',
    shapes: [MANY],
    call: (x) => tf.sum(x, -1),
    work: { numbers: sizeOf(MANY) },
  },
  {
    id: 'batch-norm',
    what: 'batch norm of 8 × 112 × 112 × 64',
    shapes: [[8, 112, 112, 64], [64], [64], [64], [64]],
    call: (...[x, mean, variance, offset, scale]) =>
      tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
      ),
    work: { numbers: 2 * sizeOf([8, 112, 112, 64]) },
  },
  {
    id: 'layer-norm',
    what: 'layer norm of 512 × 768',
    shapes: [ROWS, [768], [768]],
    call: (x, scale, offset) => layerNorm(x, scale as tf.Tensor1D, offset as tf.Tensor1D),
    work: { numbers: 2 * sizeOf(ROWS) },
  },
  {
    id: 'gelu',
    what: 'GELU by erf of 512 × 768',
    shapes: [ROWS],
    call: (x) => gelu(x),
    work: { numbers: 2 * sizeOf(ROWS) },
  },
  {
    id: 'exp',
    what: 'exp of 512 × 768',
    shapes: [ROWS],
    call: (x) => tf.exp(x),
    work: { numbers: 2 * sizeOf(ROWS) },
  },
  {
    id: 'tile',
    what: 'tf.tile of 16 Ki rows of 1 to rows of 1024',
    shapes: [[16 * 1024, 1]],
    call: (x) => tf.tile(x, [1, 1024]),
    work: { numbers: 16 * 1024 * 1024 },
  },
  {
    id: 'adam',
    what: 'a step of Adam of 4 Mi numbers: four read, three written',
    shapes: [[4 * 1024 * 1024]],
    call: adamStep(),
    work: { numbers: 7 * 4 * 1024 * 1024 },
  },
  {
    id: 'add',
    what: "the backend's addition of 16 Mi numbers, for the rate of memory",
    shapes: [MANY, MANY],
    call: (a, b) => tf.add(a, b),
    work: { numbers: 3 * sizeOf(MANY) },
  },
];

/** A step along a gradient, of a variable that is made at the first. */
function adamStep(): Rate['call'] {
  let made: { readonly optimizer: tf.AdamOptimizer; readonly variable: tf.Variable } | undefined;
  return (tensor) => {
    made ??= { optimizer: tf.train.adam(1e-3), variable: tf.variable(tensor) };
    made.optimizer.applyGradients([{ name: made.variable.name, tensor: tensor }]);
    return null;
  };
}

function rateCase({ id, what, shapes, call, work }: Rate): BenchCase {
  return {
    id: `wasm/rate-${id}`,
    what,
    run: async ({ seed, signal }) => {
      await backend.use('wasm');
      const tensors = shapes.map((shape, i) => nets.uniformTensor(shape, seed + i, 0.5, 1.5));
      const once = (): void => tf.dispose(call(...tensors) ?? []);
      const { ours } = await interleave({ ours: once }, { seed, timeMs: 1500, ...(signal && { signal }) });
      tf.dispose(tensors);
      const amount = 'flops' in work ? work.flops : 4 * work.numbers;
      // Billions in a second are millions in a millisecond.
      const rate = (ms: number): number => amount / ms / 1e6;
      const { median, low, high } = spread(ours.samples);
      return {
        id: `wasm/rate-${id}`,
        value: rate(median),
        ...{ low: rate(high), high: rate(low), n: ours.samples.length },
        unit: 'flops' in work ? 'GFLOP/s' : 'GB/s',
        note: `${what}; ${simdInUse()} SIMD`,
      };
    },
  };
}

export const cases: readonly BenchCase[] = RATES.map(rateCase);
