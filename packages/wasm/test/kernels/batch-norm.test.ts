import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Values } from '../../src/reference/values.js';
import { batchNormBound as bound, ROUNDINGS } from '../support/bounds.js';
import { kernelOf, normal, expectKernel, useEngine } from '../support/tester.js';

function tryShapes(x: number[], statistics: number[], others: readonly (number[] | undefined)[]): void {
  const [offset, scale] = others;
  const variance = normal(statistics, 3);
  expectKernel('FusedBatchNorm', {
    inputs: {
      x: normal(x, 1),
      mean: normal(statistics, 2),
      variance: { shape: variance.shape, data: variance.data.map((value) => value * value) },
      offset: offset && normal(offset, 4),
      scale: scale && normal(scale, 5),
    },
    attrs: { varianceEpsilon: 0.001 },
    bound,
  });
}

describe('batch normalization', () => {
  before(useEngine);

  it(`by channels is off by ${ROUNDINGS + 1} roundings at most, for channels of every number`, () => {
    for (const channels of [1, 2, 3, 4, 5, 6, 7, 8, 12, 17, 31, 32, 33, 64, 100, 576]) {
      for (const rows of [1, 2, 3, 8, 9, 31, 32, 33, 65]) {
        for (const others of [
          [undefined, undefined],
          [[channels], [channels]],
          [undefined, [channels]],
        ]) {
          tryShapes([1, 1, rows, channels], [channels], others);
        }
      }
    }
  });

  it('takes parameters of every shape that stretches to that of x', () => {
    for (const [x, statistics, offset] of [
      [
        [1, 1, 5, 7],
        [1, 1, 5, 7],
        [1, 1, 5, 7],
      ],
      [
        [1, 1, 5, 7],
        [5, 7],
        [5, 7],
      ],
      [[1, 3, 5, 8], [1, 3, 5, 1], [8]],
      [
        [1, 3, 5, 8],
        [1, 3, 5, 1],
        [1, 1, 1, 8],
      ],
      [
        [2, 3, 4, 5],
        [1, 3, 1, 1],
        [1, 3, 1, 1],
      ],
      [
        [2, 3, 4, 5],
        [2, 1, 4, 1],
        [3, 1, 5],
      ],
      [[2, 3, 4, 5], [1], [1]],
      [[1, 1, 1, 1], [1], [1]],
      [[2, 3, 4, 5], [], []],
      [[2, 0, 4, 5], [5], [5]],
      [[2, 3, 4, 0], [0], [0]],
      [[2, 3, 2, 3, 4], [4], [4]],
      [[9], [9], [9]],
    ] as const) {
      for (const others of [
        [undefined, undefined],
        [offset, offset],
        [offset, undefined],
      ]) {
        tryShapes(
          [...x],
          [...statistics],
          others.map((each) => each && [...each]),
        );
      }
    }
  });

  it('hands on what is infinite or no number', () => {
    const x: Values = { shape: [1, 1, 2, 4], data: Float64Array.of(Infinity, -Infinity, NaN, 1, 1, 2, 3, 4) };
    expectKernel('FusedBatchNorm', {
      inputs: {
        x,
        mean: { shape: [4], data: Float64Array.of(0, 1, 2, NaN) },
        variance: { shape: [4], data: Float64Array.of(1, 1, Infinity, 1) },
        offset: undefined,
        scale: undefined,
      },
      attrs: { varianceEpsilon: 0.001 },
      bound,
    });
  });

  it('leaves whole numbers and shapes that do not stretch to the backend', async () => {
    const engine = await useEngine();
    const { run } = kernelOf('FusedBatchNorm');
    const [x, two, three] = [tf.ones([2, 3]), tf.ones([2]), tf.ones([3])];
    const whole = x.toInt();
    const attrs = { varianceEpsilon: 0.001 };
    expect(run(engine, { x, mean: two, variance: two }, attrs)).to.equal(undefined);
    expect(run(engine, { x: whole, mean: three, variance: three }, attrs)).to.equal(undefined);
    tf.dispose([x, two, three, whole]);
  });

  it('serves layer normalization and batch normalization of tf.layers, along any axis', () => {
    tf.tidy(() => {
      const x = tf.randomNormal([2, 3, 4, 5], 1, 2, 'float32', 1);
      for (const axis of [1, 2, 3]) {
        const layer = tf.layers.batchNormalization({ axis });
        const y = layer.apply(x, { training: true }) as tf.Tensor;
        const kept = [0, 1, 2, 3].filter((each) => each !== axis);
        for (const mean of y.mean(kept).dataSync()) expect(mean).to.be.closeTo(0, 1e-5);
        for (const square of y.square().mean(kept).dataSync()) expect(square).to.be.closeTo(1, 1e-2);
        layer.dispose();
      }
      const layer = tf.layers.layerNormalization();
      const y = layer.apply(x) as tf.Tensor;
      for (const square of y.square().mean([3]).dataSync()) expect(square).to.be.closeTo(1, 5e-2);
      layer.dispose();
    });
  });
});
