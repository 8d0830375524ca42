import * as tf from '@tensorflow/tfjs';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { cosine, meanSquaredError } from '../../src/quality/index.js';
import { score } from './score.js';

describe('metrics of values', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  /*
   * mean_squared_error of scikit-learn's own example:
   * y_true = [[0.5, 1], [-1, 1], [7, -6]], y_pred = [[0, 2], [-1, 2], [8, -5]]
   * squares 0.25, 1, 0, 1, 1, 1: 4.25 / 6 = 0.708...
   */
  it('mean squared error agrees with scikit-learn, in batches of any size', async () => {
    const [predicted, truth] = [
      [
        [0, 2],
        [-1, 2],
        [8, -5],
      ],
      [
        [0.5, 1],
        [-1, 1],
        [7, -6],
      ],
    ];
    for (const batchSize of [1, 2, 3]) {
      const found = await score([meanSquaredError()], predicted, truth, { batchSize });
      expect(found.scores).to.deep.equal([
        { name: 'mean squared error', value: 4.25 / 6, higherIsBetter: false },
      ]);
    }
  });

  it('a last axis of 1 may be missing in labels or predictions', async () => {
    expect((await score([meanSquaredError()], [[1], [2]], [1, 4])).scores[0]?.value).to.equal(2);
    expect((await score([meanSquaredError()], [1, 2], [[1], [4]])).scores[0]?.value).to.equal(2);
  });

  /*
   * cosine_similarity: [3, 4] and [3, 4]: 1; [3, 4] and [4, 3]: 24 / 25; [1, 0] and [-2, 0]: -1;
   * [0, 0] and anything: 0. Mean 0.96 / 4.
   */
  it('cosine is the mean over rows; zeros count as 0', async () => {
    const predicted = [
      [3, 4],
      [3, 4],
      [1, 0],
      [0, 0],
    ];
    const truth = [
      [3, 4],
      [4, 3],
      [-2, 0],
      [5, 5],
    ];
    for (const batchSize of [1, 3, 4]) {
      const [found] = (await score([cosine()], predicted, truth, { batchSize })).scores;
      expect(found).to.deep.equal({ name: 'cosine similarity', value: 0.96 / 4, higherIsBetter: true });
    }
  });

  it('cosine never passes 1 by rounding', async () => {
    // Of these the quotient is 1.0000000000000002.
    const row = [-0.73, 0.69, 0.53];
    expect((await score([cosine()], [row], [row])).scores[0]?.value).to.equal(1);
  });

  it('refuses other shapes, NaN and infinities', async () => {
    await expectCode('quality/labels', () => score([meanSquaredError()], [[1, 2]], [1]));
    await expectCode('quality/labels', () => score([cosine()], [[1, 2]], [[1, 2, 3]]));
    await expectCode('quality/output', () => score([cosine()], [1, 2], [1, 2]));
    await expectCode('quality/labels', () => score([meanSquaredError()], [1, 2], [1, NaN]));
    for (const metric of [meanSquaredError(), cosine()]) {
      for (const bad of [NaN, Infinity]) {
        const error = await expectCode('quality/output', () =>
          score(
            [metric],
            [
              [1, 2],
              [bad, 2],
            ],
            [
              [1, 2],
              [3, 4],
            ],
          ),
        );
        expect(error.message).to.contain('predictions of example 1').and.contain(String(bad));
      }
    }
  });
});
