import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { unsortedSegmentSum, sum, mean } from '../../src/reference/sums.js';
import { kernelOf, normal, sumBound, expectKernel, useEngine } from '../support/tester.js';

describe('sums', () => {
  before(useEngine);

  it('of nothing are 0, and means of nothing, too, as on other backends', async () => {
    const of = (): number[][] =>
      tf.tidy(() => [
        Array.from(tf.mean(tf.zeros([0])).dataSync()),
        Array.from(tf.mean(tf.zeros([2, 0]), 1).dataSync()),
        Array.from(tf.sum(tf.zeros([0, 3]), 0).dataSync()),
      ]);
    const ours = of();
    await tf.setBackend('cpu');
    expect(ours).to.deep.equal(of());
    await tf.setBackend('wasm');
    expect(ours).to.deep.equal([[0], [0, 0], [0, 0, 0]]);
  });

  it('are over axes beside each other, first, last or in the middle', () => {
    for (const keepDims of [false, true]) {
      for (const [shape, axis] of [
        [[7], [0]],
        [[5, 9], [0]],
        [[5, 9], [1]],
        [[5, 9], [-1]],
        [
          [3, 4, 6],
          [0, 1],
        ],
        [
          [3, 4, 6],
          [1, 2],
        ],
        [[3, 300, 6], [1]],
        [
          [2, 5, 6, 17],
          [0, 1, 2],
        ],
        [[1000, 3], [0]],
        [[3, 5000], [1]],
        [[0, 4], [0]],
        [[4, 0], [0]],
        [
          [2, 3],
          [0, 1],
        ],
      ] as const) {
        const given = { inputs: { x: normal(shape, 1) }, attrs: { axis: [...axis], keepDims } };
        expectKernel('Sum', {
          ...given,
          bound: sumBound(
            sum,
            shape.reduce((a, b) => a * b, 1),
          ),
        });
        if (!shape.includes(0 as never)) {
          expectKernel('Mean', {
            ...given,
            bound: sumBound(
              mean,
              shape.reduce((a, b) => a * b, 1),
            ),
          });
        }
      }
    }
  });

  it('leave axes that others lie between to the backend', async () => {
    const engine = await useEngine();
    const x = tf.ones([2, 3, 4]);
    expect(kernelOf('Sum').run(engine, { x }, { axis: [0, 2], keepDims: false })).to.equal(undefined);
    expect(Array.from(tf.tidy(() => tf.sum(x, [0, 2])).dataSync())).to.deep.equal([8, 8, 8]);
    x.dispose();
  });

  it('of segments leave out rows that belong to none', () => {
    for (const [shape, ids] of [
      [
        [4, 3],
        [0, 2, 2, 1],
      ],
      [
        [5, 9],
        [0, -1, 3, 7, 0],
      ],
      [[3], [1, 1, 1]],
      [[0, 4], []],
    ] as const) {
      expectKernel('UnsortedSegmentSum', {
        inputs: { x: normal(shape, 1), segmentIds: { shape: [ids.length], data: Float64Array.from(ids) } },
        attrs: { numSegments: 4 },
        dtypes: { segmentIds: 'int32' },
        bound: (inputs, attrs) =>
          sumBound(unsortedSegmentSum, shape[0])(
            { ...inputs, segmentIds: { shape: [ids.length], data: Float64Array.from(ids) } },
            attrs,
          ),
      });
    }
  });

  it('let embeddings be trained', () => {
    tf.tidy(() => {
      const table = tf.randomNormal<tf.Rank.R2>([5, 3], 0, 1, 'float32', 1);
      const dx = tf.grad((t) => tf.gather(t, [0, 2, 2]).square().sum())(table);
      const values = table.arraySync();
      const twice = (row: number[], times: number): number[] => row.map((x) => 2 * times * x);
      const wanted = values.map((row, i) => twice(row, [1, 0, 2, 0, 0][i] as number)).flat();
      for (const [i, value] of dx.dataSync().entries())
        expect(value).to.be.closeTo(wanted[i] as number, 1e-5);
    });
  });
});
