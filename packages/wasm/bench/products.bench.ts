import { reorderTolerance, type BenchCase, type Target } from '@tfjs-optimize/benchmark';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { kernelCase } from './sides.js';

interface Product {
  readonly id: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transposeB?: boolean;
  /** With relaxed SIMD, where the engine has it, products are to be faster still: docs/kernels.md. */
  readonly target: Target;
}

/** Products of matrices as networks have them: B is a weight, but for those of attention. */
const PRODUCTS: readonly Product[] = [
  {
    id: 'attention-qk',
    a: [12, 128, 64],
    b: [12, 128, 64],
    transposeB: true,
    target: { atLeast: 10 },
  },
  { id: 'attention-av', a: [12, 128, 128], b: [12, 128, 64], target: { atLeast: 10 } },
  { id: 'gemm-128x768x3072', a: [128, 768], b: [768, 3072], target: { atLeast: 1.1 } },
  { id: 'gemm-512', a: [512, 512], b: [512, 512], target: { atLeast: 1.1 } },
  { id: 'gemv-4096', a: [1, 4096], b: [4096, 4096], target: { atLeast: 1 } },
];

function productCase({ id, a, b, transposeB = false, target }: Product): BenchCase {
  return kernelCase({
    id: `wasm/${id}`,
    what: `tf.matMul of [${a.join()}] and [${b.join()}]${transposeB ? ' transposed' : ''}`,
    tolerance: reorderTolerance(1, a.at(-1) as number),
    target,
    make: (seed) => {
      const [x, y] = [nets.uniformTensor(a, seed), nets.uniformTensor(b, seed + 1)];
      return {
        call: () => tf.matMul(x, y, false, transposeB),
        dispose: () => tf.dispose([x, y]),
      };
    },
  });
}

export const cases: readonly BenchCase[] = PRODUCTS.map((product) => productCase(product));
