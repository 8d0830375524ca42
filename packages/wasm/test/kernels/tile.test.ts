import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { normal, expectKernel, useEngine, type Bound } from '../support/tester.js';
import { tile } from '../../src/reference/tile.js';
import type { Values } from '../../src/reference/values.js';

/** Copies are exact. */
const exact: Bound = (inputs, attrs) => [new Float64Array((tile(inputs, attrs) as Values).data.length)];

describe('tile', () => {
  before(useEngine);

  it('repeats along one axis, several and none', () => {
    for (const [shape, reps] of [
      [[3], [1]],
      [[3], [4]],
      [[1], [9]],
      [
        [1, 5, 1],
        [1, 1, 19],
      ],
      [
        [2, 5, 3],
        [2, 1, 3],
      ],
      [
        [2, 3, 2],
        [3, 2, 2],
      ],
      [
        [1, 600],
        [3, 1],
      ],
      [
        [4, 1, 2, 3],
        [1, 2, 1, 5],
      ],
      [
        [0, 3],
        [2, 2],
      ],
      [
        [2, 3],
        [0, 1],
      ],
    ] as const) {
      expectKernel('Tile', { inputs: { x: normal(shape, 1) }, attrs: { reps: [...reps] }, bound: exact });
    }
  });

  it('keeps whole numbers, truth values and scalars', () => {
    tf.tidy(() => {
      expect(tf.tile(tf.tensor1d([1, -7], 'int32'), [2]).arraySync()).to.deep.equal([1, -7, 1, -7]);
      expect(tf.tile(tf.tensor1d([true, false]), [2]).arraySync()).to.deep.equal([1, 0, 1, 0]);
      expect(tf.tile(tf.scalar(3), []).arraySync()).to.equal(3);
    });
  });
});
