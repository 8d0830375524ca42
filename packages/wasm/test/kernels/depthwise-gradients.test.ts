import { geometryOf } from '../../src/kernels/conv/geometry.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from '../../src/reference/depthwise-backprop.js';
import { normal, sumBound, expectKernel, useEngine } from '../support/tester.js';

describe('gradients of depthwise convolutions', () => {
  before(useEngine);

  it('agree with the reference for every stride, dilation, padding and multiplier', () => {
    for (const channels of [1, 3, 4, 9]) {
      for (const multiplier of [1, 2]) {
        for (const [strides, dilations] of [
          [1, 1],
          [2, 1],
          [1, 2],
        ] as const) {
          for (const pad of ['same', 'valid'] as const) {
            const [x, filter] = [
              [2, 7, 6, channels],
              [3, 2, channels, multiplier],
            ];
            const attrs = { strides, dilations, pad };
            const { outShape = [] } = geometryOf(x, filter, attrs, true) ?? {};
            const dy = normal(outShape, 3);
            expectKernel('DepthwiseConv2dNativeBackpropFilter', {
              inputs: { x: normal(x, 1), dy },
              attrs: { ...attrs, filterShape: filter },
              bound: sumBound(depthwiseBackpropFilter, 84),
            });
            expectKernel('DepthwiseConv2dNativeBackpropInput', {
              inputs: { dy, filter: normal(filter, 2) },
              attrs: { ...attrs, inputShape: x },
              bound: sumBound(depthwiseBackpropInput, 6 * multiplier),
            });
          }
        }
      }
    }
  });
});
