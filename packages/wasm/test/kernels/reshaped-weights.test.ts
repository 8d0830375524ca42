import { setEnabled } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { useEngine } from '../support/tester.js';

/** Sizes of a filter, and others of as many numbers. */
type Sizes = [number, number, number, number];

const PAIRS: readonly (readonly [kind: 'conv' | 'depthwise', a: Sizes, b: Sizes])[] = [
  ['conv', [3, 3, 16, 32], [3, 3, 32, 16]],
  ['conv', [3, 3, 16, 32], [1, 3, 48, 32]],
  ['conv', [1, 1, 12, 20], [1, 1, 20, 12]],
  ['depthwise', [3, 3, 100, 1], [5, 5, 36, 1]],
];

describe('forms of weights that are kept', () => {
  before(useEngine);
  afterEach(() => setEnabled(true));

  it('are those of the sizes that weights are used with, though a reshape shares their values', () => {
    for (const [kind, a, b] of PAIRS) {
      tf.tidy(() => {
        const filter = tf.randomNormal<tf.Rank.R4>(a, 0, 1, 'float32', 1);
        const apply = (weights: tf.Tensor4D): Float32Array =>
          tf.tidy(() => {
            const x = tf.randomNormal<tf.Rank.R4>([1, 8, 8, weights.shape[2]], 0, 1, 'float32', 2);
            const y =
              kind === 'conv' ? tf.conv2d(x, weights, 1, 'same') : tf.depthwiseConv2d(x, weights, 1, 'same');
            return y.dataSync() as Float32Array;
          });
        // From the second use on.
        for (let use = 0; use < 3; use++) apply(filter);
        const reshaped = filter.reshape<tf.Tensor4D>(b);
        for (let use = 0; use < 3; use++) {
          const ours = apply(reshaped);
          setEnabled(false);
          const stock = apply(reshaped);
          setEnabled(true);
          // Sums of at most 300 products of normal numbers, some by Winograd's algorithm.
          ours.forEach((value, i) =>
            expect(value, `${kind} [${b.join()}] at ${i}`).to.be.closeTo(stock[i] as number, 1e-3),
          );
        }
      });
    }
  });
});
