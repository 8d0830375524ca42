import type * as tf from '@tensorflow/tfjs';
import { depthwiseConv2d } from '../../src/reference/depthwise.js';
import {
  EPSILON,
  normal,
  sumBound,
  expectKernel,
  useEngine,
  type Bound,
  type Inputs,
} from '../support/tester.js';

/** No activation has a slope above 1 but prelu, whose slopes are below 4; sigmoid and elu are off by two units more. */
const bound: Bound = (inputs, attrs) =>
  sumBound(depthwiseConv2d, 26)(inputs, attrs).map((all) => all.map((each) => 4 * each + 4 * EPSILON));

function tryDepthwise(x: number[], size: number, attrs: tf.NamedAttrMap, more: Inputs = {}): void {
  const fused = Object.keys(more).length > 0 || 'activation' in attrs;
  expectKernel(fused ? 'FusedDepthwiseConv2D' : 'DepthwiseConv2dNative', {
    inputs: { x: normal(x, 1), filter: normal([size, size, x[3] as number, 1], 2), ...more },
    attrs: { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, ...attrs },
    bound,
  });
}

describe('depthwise convolutions', () => {
  before(useEngine);

  it('agree with the reference below, at and above the size of a group, with every stride and padding', () => {
    for (const size of [3, 5]) {
      for (const strides of [1, 2]) {
        for (const pad of ['same', 'valid'] as const) {
          for (const width of [5, 6, 7, 8, 9, 10, 11, 16, 17]) {
            for (const channels of [4, 12]) tryDepthwise([2, 6, width, channels], size, { strides, pad });
          }
        }
      }
    }
  });

  it('see zeros around an image that is smaller than the filter', () => {
    for (const size of [3, 5]) {
      for (const [height, width] of [
        [1, 1],
        [1, 9],
        [9, 1],
        [2, 2],
      ] as const) {
        tryDepthwise([1, height, width, 8], size, {});
      }
    }
    const pad = [
      [0, 0],
      [3, 1],
      [2, 4],
      [0, 0],
    ];
    tryDepthwise([1, 5, 6, 4], 3, { pad });
  });

  for (const activation of ['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'sigmoid', 'elu']) {
    it(`add a bias and apply ${activation}`, () => {
      const slopes = activation === 'prelu' ? { preluActivationWeights: normal([12], 5) } : {};
      for (const bias of [undefined, normal([12], 6), normal([1], 7)]) {
        tryDepthwise([1, 5, 7, 12], 3, { activation, leakyreluAlpha: 0.3 }, { bias, ...slopes });
      }
    });
  }

  it('give nothing of nothing, and pass on NaN and infinities', () => {
    tryDepthwise([0, 5, 5, 4], 3, {});
    for (const special of [Number.NaN, Infinity, -Infinity]) {
      const x = normal([1, 6, 6, 4], 1);
      x.data[50] = special;
      expectKernel('DepthwiseConv2dNative', {
        inputs: { x, filter: normal([3, 3, 4, 1], 2) },
        attrs: { strides: 1, pad: 'same' },
        bound,
      });
    }
  });
});
