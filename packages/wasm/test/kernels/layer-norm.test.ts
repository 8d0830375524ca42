import * as tf from '@tensorflow/tfjs';
import { layerNorm } from '@tfjs-optimize/wasm';
import { expect } from 'chai';
import type { Values } from '../../src/reference/values.js';
import { layerNormBound as bound } from '../support/bounds.js';
import { kernelOf, normal, expectKernel, useEngine } from '../support/tester.js';

function tryShape(shape: number[], x: Values = normal(shape, 1), epsilon = 1e-5): void {
  const columns = shape.at(-1) as number;
  const inputs = { x, scale: normal([columns], 2), offset: normal([columns], 3) };
  expectKernel('TfjsOptimizeLayerNorm', { inputs, attrs: { epsilon }, bound });
}

describe('layer normalization in one op', () => {
  before(useEngine);

  it('is off by the roundings of its sums at most, for rows of every length', () => {
    for (const columns of [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 100, 768, 2047, 2048, 2049, 5000]) {
      for (const rows of [[1], [3], [2, 3], []]) tryShape([...rows, columns]);
    }
    tryShape([0, 5]);
    tryShape([5, 0]);
  });

  it('keeps its digits where the mean is a thousand times the deviation', () => {
    const { shape, data } = normal([4, 768], 1);
    tryShape([4, 768], { shape, data: data.map((value) => value + 1000) });
    tryShape([4, 768], { shape, data: data.map(() => 3) });
    tryShape([4, 768], { shape, data: data.map((value) => value * 1e-4) }, 1e-12);
  });

  it('makes a row of NaN of one that has NaN or infinity, and leaves the others', () => {
    const x = normal([3, 20], 1);
    x.data[3] = Number.NaN;
    x.data[25] = Infinity;
    tryShape([3, 20], x);
  });

  it('leaves scales of another length and other types to the reference', async () => {
    const engine = await useEngine();
    const { run } = kernelOf('TfjsOptimizeLayerNorm');
    const [x, scale, whole] = [tf.ones([2, 3]), tf.ones([3]), tf.ones([2, 3], 'int32')];
    const two = tf.ones([2]);
    expect(run(engine, { x, scale, offset: two }, { epsilon: 1 })).to.equal(undefined);
    expect(run(engine, { x: whole, scale, offset: scale }, { epsilon: 1 })).to.equal(undefined);
    tf.dispose([x, scale, whole, two]);
  });

  it('is the same, and has the same gradients, as ops of TensorFlow.js, on every backend', async () => {
    const all: Float32Array[][] = [];
    for (const name of ['wasm', 'cpu']) {
      await tf.setBackend(name);
      const held = tf.memory().numTensors;
      const results = tf.tidy(() => {
        const x = tf.randomNormal([2, 3, 10], 1, 2, 'float32', 1);
        const scale = tf.randomNormal<tf.Rank.R1>([10], 0, 1, 'float32', 2);
        const offset = tf.randomNormal<tf.Rank.R1>([10], 0, 1, 'float32', 3);
        const weights = tf.randomNormal([2, 3, 10], 0, 1, 'float32', 4);
        const ours = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor =>
          layerNorm(a, b as tf.Tensor1D, c as tf.Tensor1D, 0.1);
        const plain = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor => {
          const { mean, variance } = tf.moments(a, -1, true);
          return a.sub(mean).div(variance.add(0.1).sqrt()).mul(b).add(c);
        };
        return [ours, plain].map((of) =>
          [
            of(x, scale, offset),
            ...tf.grads((a, b, c) => of(a, b, c).mul(weights).sum())([x, scale, offset]),
          ].map((tensor) => tensor.dataSync() as Float32Array),
        );
      });
      expect(tf.memory().numTensors).to.equal(held);
      all.push(...results);
    }
    await tf.setBackend('wasm');
    const [first, ...others] = all as [Float32Array[], ...Float32Array[][]];
    for (const other of others) {
      other.forEach((values, which) =>
        values.forEach((value, i) => expect(value).to.be.closeTo(first[which]?.[i] as number, 2e-5)),
      );
    }
  });
});
