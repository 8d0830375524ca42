import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { geometryOf, type ConvAttrs } from '../../src/kernels/conv/geometry.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from '../../src/reference/conv2d-backprop.js';
import { normal, sumBound, tryKernel, useEngine } from '../support/tester.js';

type Shape = [number, number, number, number];

/** Both gradients of a convolution. */
function tryGradients(x: Shape, filter: Shape, attrs: tf.NamedAttrMap = {}): void {
  const all = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, ...attrs };
  const geometry = geometryOf(x, filter, all as unknown as ConvAttrs);
  if (geometry === undefined) throw new Error('expected sizes that fit');
  const dy = normal(geometry.outShape, 3);
  const pixels = geometry.batchSize * geometry.outHeight * geometry.outWidth;
  tryKernel('Conv2DBackpropFilter', {
    inputs: { x: normal(x, 1), dy },
    attrs: { ...all, filterShape: filter },
    bound: sumBound(conv2dBackpropFilter, pixels),
  });
  tryKernel('Conv2DBackpropInput', {
    inputs: { dy, filter: normal(filter, 2) },
    attrs: { ...all, inputShape: x },
    bound: sumBound(conv2dBackpropInput, filter[0] * filter[1] * filter[3] + filter[0] * filter[1]),
  });
}

describe('gradients of conv2d', () => {
  before(useEngine);

  it('agree with the reference for filters of every size, stride and padding', () => {
    for (const size of [1, 2, 3, 5]) {
      for (const strides of [1, 2, [2, 1]] as (number | number[])[]) {
        for (const pad of ['same', 'valid'] as const) {
          for (const channels of [1, 3, 8])
            tryGradients([2, 7, 6, channels], [size, size, channels, 10], {
              strides,
              pad,
            });
        }
      }
    }
  });

  it('add up blocks of pixels', () => {
    tryGradients([2, 20, 21, 5], [3, 3, 5, 9]);
    tryGradients([1, 17, 16, 40], [5, 5, 40, 3]);
  });

  it('give nothing of nothing', () => {
    tryGradients([0, 5, 5, 3], [3, 3, 3, 4]);
    tryGradients([1, 5, 5, 0], [3, 3, 0, 4]);
    tryGradients([1, 5, 5, 3], [3, 3, 3, 0]);
  });

  it('are what tf.grads of a convolution gives, and what differences of its values say', () => {
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([1, 5, 5, 2], 0, 1, 'float32', 1);
      const w = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 3], 0, 1, 'float32', 2);
      const loss = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
        tf
          .conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same')
          .square()
          .sum();
      const [dx, dw] = tf.grads(loss)([x, w]) as [tf.Tensor, tf.Tensor];
      const step = 1e-2;
      for (const [values, gradient, at] of [
        [x, dx, 7],
        [w, dw, 11],
      ] as const) {
        const moved = (by: number): tf.Tensor => {
          const buffer = values.bufferSync();
          const copy = tf.tensor(Float32Array.from(buffer.values), values.shape).bufferSync();
          copy.values[at] = (copy.values[at] as number) + by;
          return copy.toTensor();
        };
        const of = (by: number): number =>
          loss(values === x ? moved(by) : x, values === w ? moved(by) : w).dataSync()[0] as number;
        const numeric = (of(step) - of(-step)) / (2 * step);
        // A square of a linear function: central differences are exact but for roundings, values near 100 / step.
        expect(gradient.dataSync()[at]).to.be.closeTo(numeric, 0.02);
      }
    });
  });
});
