import { reorderTolerance, type BenchCase } from '@tfjs-optimize/benchmark';
import { nets } from '@tfjs-optimize/testing';
import { gelu, layerNorm } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { kernelCase, type Call } from './sides.js';

/**
 * A call on tensors of these shapes, all its numbers from 0.5 to 1.5: variances among them.
 * @param longest sum of the call, over which stock kernels may lose digits.
 */
function normalizing(
  id: string,
  what: string,
  shapes: readonly (readonly number[])[],
  call: (...tensors: tf.Tensor[]) => ReturnType<Call>,
  longest = shapes[0]?.at(-1) as number,
): BenchCase {
  return kernelCase({
    id: `wasm/${id}`,
    what,
    tolerance: reorderTolerance(4, longest),
    target: { atLeast: 1 },
    make: (seed) => {
      const tensors = shapes.map((shape, i) => nets.uniformTensor(shape, seed + i, 0.5, 1.5));
      return { call: () => call(...tensors), dispose: () => tf.dispose(tensors) };
    },
  });
}

/** x of 8 images with its mean, variance, offset and scale for each of 64 channels. */
const IMAGES = [[8, 56, 56, 64], [64], [64], [64], [64]];

const batchNorm = (...[x, mean, variance, offset, scale]: tf.Tensor[]): tf.Tensor =>
  tf.batchNorm(
    x as tf.Tensor4D,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
  );

export const cases: readonly BenchCase[] = [
  normalizing('batch-norm', 'tf.batchNorm of [8,56,56,64]', IMAGES, batchNorm),
  normalizing(
    'batch-norm-gradients',
    'gradients of tf.batchNorm of [8,56,56,64]',
    [...IMAGES, [8, 56, 56, 64]],
    (...tensors) => tf.grads(batchNorm)(tensors.slice(0, -1), tensors.at(-1)),
    8 * 56 * 56,
  ),
  normalizing(
    'layer-norm',
    'layerNorm of [128,768], one op',
    [[128, 768], [768], [768]],
    (x, scale, offset) => layerNorm(x, scale as tf.Tensor1D, offset as tf.Tensor1D),
  ),
  normalizing('gelu', 'gelu of [128,3072] by erf, one op', [[128, 3072]], (x) => gelu(x)),
  normalizing('gelu-tanh', 'gelu of [128,3072] by tanh, one op', [[128, 3072]], (x) => gelu(x, true)),
  normalizing('tile', 'tf.tile of [1,128,1] to [1,128,768]', [[1, 128, 1]], (x) => tf.tile(x, [1, 1, 768])),
];
