import { reorderTolerance } from '@tfjs-optimize/benchmark';
import { maxDifference, maxMagnitude, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { gpuTolerance, halfTolerance, MANTISSA } from '../../bench/gpu/tolerance.js';

const [LAYERS, WIDTH] = [12, 256];

/** Values rounded to so many bits of mantissa, ties away from zero. */
function rounded(x: tf.Tensor, bits: number): tf.Tensor {
  const words = new Uint32Array(Float32Array.from(x.dataSync()).buffer);
  const drop = 23 - bits;
  const half = 2 ** (drop - 1);
  return tf.tensor(new Float32Array(words.map((word) => ((word + half) >>> drop) << drop).buffer), x.shape);
}

/** Dense layers with ReLU whose operands, or whose outputs too, are rounded. */
function network(seed: number, operands?: number, outputs?: number): tf.Tensor {
  const to = (bits: number | undefined, x: tf.Tensor): tf.Tensor =>
    bits === undefined ? x : rounded(x, bits);
  const limit = Math.sqrt(6 / WIDTH);
  return tf.tidy(() => {
    let x = nets.uniformTensor([4, WIDTH], seed);
    for (let i = 0; i < LAYERS; i++) {
      const kernel = nets.uniformTensor([WIDTH, WIDTH], seed + 1 + i, -limit, limit);
      x = to(outputs, tf.matMul(to(operands, x), to(operands, kernel)));
      x = to(outputs, tf.relu(x));
    }
    return x;
  });
}

function apart(seed: number, operands: number, outputs?: number): number {
  return tf.tidy(() => {
    const exact = network(seed);
    const own = network(seed, operands, outputs).dataSync();
    return maxDifference(exact.dataSync(), own) / maxMagnitude(exact.dataSync());
  });
}

describe('tolerances of GPUs', () => {
  before(() => tf.setBackend('cpu').then(() => undefined));
  const place = { gpu: true };

  it(`TF32 lies within ${LAYERS} layers × 2 operands × 2⁻¹¹, and outside of what another order of sums makes`, () => {
    for (const seed of [1, 2, 3]) {
      const found = apart(seed, MANTISSA.tf32);
      expect(found, `seed ${seed}`).to.be.below(gpuTolerance(place, [LAYERS, WIDTH]));
      expect(found, `seed ${seed}`).to.be.above(reorderTolerance(LAYERS, WIDTH));
    }
  });

  it('half precision lies within twice that of its bits, which count: three fewer make eight times the error', () => {
    for (const precision of ['float16', 'bfloat16'] as const) {
      const bits = MANTISSA[precision];
      expect(apart(1, bits, bits)).to.be.below(halfTolerance([LAYERS, WIDTH], precision));
    }
    const [more, fewer] = [MANTISSA.float16, MANTISSA.bfloat16].map((bits) => apart(1, bits, bits));
    expect((fewer as number) / (more as number)).to.be.within(4, 16);
  });

  it('what is no GPU has that of float32 alone', () => {
    expect(gpuTolerance({ gpu: false }, [20, 4608])).to.equal(reorderTolerance(20, 4608));
  });
});
