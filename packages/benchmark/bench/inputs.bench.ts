import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { backend } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';

/** Whether the values of inputs matter: a product of 128 × 512 by 512 × 512 on wasm. */
function valuesCase(id: string, what: string, low: number, high: number): BenchCase {
  return {
    id,
    what: `a product of random numbers against one of ${what}, [128, 512] by [512, 512] on wasm`,
    run: async ({ seed, progress, signal }) => {
      await backend.use('wasm');
      const weights = nets.uniformTensor([512, 512], seed);
      const random = nets.uniformTensor([128, 512], seed + 1);
      const special = nets.uniformTensor([128, 512], seed + 2, low, high);
      const row = await race(
        () => tf.matMul(random, weights),
        () => tf.matMul(special, weights),
        {
          id,
          seed,
          names: ['random', what],
          differByDesign: true,
          progress,
          ...(signal && { signal }),
        },
      );
      tf.dispose([weights, random, special]);
      return row;
    },
  };
}

export const cases: readonly BenchCase[] = [
  valuesCase('benchmark/input-zeros', 'zeros', 0, 0),
  valuesCase('benchmark/input-denormals', 'denormal numbers', 1e-39, 1e-38),
];
