import type * as tf from '@tensorflow/tfjs';
import { poolGeometry, type PoolAttrs } from '../../src/kernels/pool/geometry.js';
import { avgPoolGrad, maxPoolGrad } from '../../src/reference/pool.js';
import type { Values } from '../../src/reference/values.js';
import { normal, sumBound, expectKernel, useEngine } from '../support/tester.js';

function tryPooling(x: number[], attrs: tf.NamedAttrMap, input: Values = normal(x, 1)): void {
  const { outShape, filterHeight, filterWidth } = poolGeometry(x, attrs as unknown as PoolAttrs);
  const dy = normal(outShape, 2);
  const terms = filterHeight * filterWidth;
  // The largest of the magnitudes is another: what a max pooling's gradient adds up is a part of the average's whole.
  const all = sumBound(avgPoolGrad, terms);
  const whole: typeof all = (given, rest) =>
    all(given, rest).map((each) => each.map((bound) => bound * terms));
  expectKernel('AvgPoolGrad', { inputs: { dy, input }, attrs, bound: all });
  expectKernel('MaxPoolGrad', { inputs: { dy, input, output: dy }, attrs, bound: whole });
}

describe('gradients of pooling', () => {
  before(useEngine);

  it('agree with the reference for windows of every size, stride and padding', () => {
    for (const filterSize of [1, 2, 3, [3, 2]] as (number | number[])[]) {
      for (const strides of [1, 2, 3]) {
        for (const pad of ['same', 'valid'] as const) {
          for (const channels of [1, 3, 4, 5, 8]) {
            tryPooling([2, 7, 6, channels], { filterSize, strides, pad });
          }
        }
      }
    }
  });

  it('give to the first of equals, and nothing of nothing', () => {
    const attrs = { filterSize: 2, strides: 2, pad: 'valid' as const };
    const same = { shape: [1, 4, 4, 5], data: new Float64Array(80).fill(3) };
    tryPooling([1, 4, 4, 5], attrs, same);
    const below = { shape: [1, 4, 4, 5], data: new Float64Array(80).fill(-Infinity) };
    tryPooling([1, 4, 4, 5], attrs, below);
    tryPooling([0, 4, 4, 5], attrs);
    tryPooling([1, 4, 4, 0], attrs);
  });

  it('see NaN as no largest number', () => {
    const input = normal([1, 4, 4, 5], 1);
    input.data[7] = Number.NaN;
    const { outShape } = poolGeometry(input.shape, { filterSize: 2, strides: 2, pad: 'valid' });
    const bound = sumBound(maxPoolGrad, 4);
    const dy = normal(outShape, 2);
    const wide: typeof bound = (given, attrs) => bound(given, attrs).map((each) => each.map(() => 1e-6));
    expectKernel('MaxPoolGrad', {
      inputs: { dy, input, output: dy },
      attrs: { filterSize: 2, strides: 2, pad: 'valid' },
      bound: wide,
    });
  });
});
