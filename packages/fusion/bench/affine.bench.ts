import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { backend, type BackendName } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';

/** A batch norm of an image as one op, and as the multiplication and addition that fusion makes of it. */
function affineCase(name: BackendName, side: number, channels: number): BenchCase {
  const id = `fusion/affine-${name}-${side}x${side}x${channels}`;
  return {
    id,
    what: `a batch norm as one op against a multiplication and an addition, on ${name}`,
    run: async ({ seed, signal, progress }) => {
      await backend.use(name);
      const vector = (at: number, low = -1, high = 1): tf.Tensor1D =>
        nets.uniformTensor([channels], seed + at, low, high) as tf.Tensor1D;
      const x = nets.uniformTensor([1, side, side, channels], seed) as tf.Tensor4D;
      const [mean, beta, variance, gamma] = [vector(1), vector(2), vector(3, 0.5, 2), vector(4, 0.5, 2)];
      const scale = tf.tidy(() => gamma.div(variance.add(0.001).sqrt()));
      const shift = tf.tidy(() => beta.sub(mean.mul(scale)));
      const row = await race(
        () => tf.batchNorm4d(x, mean, variance, beta, gamma, 0.001),
        () => tf.tidy(() => x.mul(scale).add(shift)),
        { id, seed, progress, names: ['batch norm', 'mul, add'], tolerance: 1e-5, ...(signal && { signal }) },
      );
      tf.dispose([x, mean, beta, variance, gamma, scale, shift]);
      return row;
    },
  };
}

export const cases: readonly BenchCase[] = [
  affineCase('wasm', 112, 96),
  affineCase('wasm', 14, 576),
  affineCase('cpu', 14, 576),
];
