import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { geometryOf, type ConvAttrs } from '../../src/kernels/conv/geometry.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from '../../src/reference/conv2d-backprop.js';
import { winogradBound } from '../support/winograd-bound.js';
import { normal, sumBound, expectKernel, useEngine } from '../support/tester.js';

type Shape = [number, number, number, number];

/** Both gradients of a convolution. */
function tryGradients(x: Shape, filter: Shape, attrs: tf.NamedAttrMap = {}): void {
  const all = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, ...attrs };
  const geometry = geometryOf(x, filter, all as unknown as ConvAttrs);
  if (geometry === undefined) throw new Error('expected sizes that fit');
  const dy = normal(geometry.outShape, 3);
  const pixels = geometry.batchSize * geometry.outHeight * geometry.outWidth;
  expectKernel('Conv2DBackpropFilter', {
    inputs: { x: normal(x, 1), dy },
    attrs: { ...all, filterShape: filter },
    bound: sumBound(conv2dBackpropFilter, pixels),
  });
  expectKernel('Conv2DBackpropInput', {
    inputs: { dy, filter: normal(filter, 2) },
    attrs: { ...all, inputShape: x },
    bound: sumBound(conv2dBackpropInput, filter[0] * filter[1] * filter[3] + filter[0] * filter[1]),
  });
}

/** The gradient by the input within the bound of the convolution that it is: of dy, with the filter turned around. */
function tryTurned(x: Shape, filter: Shape, pad: tf.backend_util.ExplicitPadding | 'same'): void {
  const attrs = { strides: 1, pad, dataFormat: 'NHWC' as const, dilations: 1 };
  const geometry = geometryOf(x, filter, attrs);
  if (geometry === undefined) throw new Error('expected sizes that fit');
  const { outShape, padInfo } = geometry;
  const [dy, weights] = [normal(outShape, 3), normal(filter, 2)];
  const [, , channels, filters] = filter;
  const turned = { shape: [3, 3, filters, channels], data: new Float64Array(weights.data.length) };
  weights.data.forEach((value, i) => {
    const [tap, c, k] = [
      Math.floor(i / (channels * filters)),
      Math.floor(i / filters) % channels,
      i % filters,
    ];
    turned.data[((8 - tap) * filters + k) * channels + c] = value;
  });
  const [top, left] = [2 - padInfo.top, 2 - padInfo.left];
  const far = (size: number, out: number, near: number): number => size - out + 2 - near;
  const around = [
    [0, 0],
    [top, far(x[1], outShape[1], top)],
    [left, far(x[2], outShape[2], left)],
    [0, 0],
  ];
  expectKernel('Conv2DBackpropInput', {
    inputs: { dy, filter: weights },
    attrs: { ...attrs, inputShape: x },
    bound: () => winogradBound({ x: dy, filter: turned }, { strides: 1, pad: around }),
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

  it('by the input of 3 × 3 filters are found by Winograd, through the ends of images', () => {
    for (const [x, filters, pad] of [
      [[3, 7, 6, 16], 16, 'same'],
      [[2, 9, 5, 20], 24, 'valid'],
      [[40, 3, 3, 16], 32, 'same'],
      [
        [1, 6, 6, 16],
        16,
        [
          [0, 0],
          [2, 1],
          [0, 2],
          [0, 0],
        ],
      ],
      [
        [1, 6, 6, 16],
        16,
        [
          [0, 0],
          [3, 3],
          [4, 0],
          [0, 0],
        ],
      ],
    ] as [Shape, number, tf.backend_util.ExplicitPadding | 'same'][]) {
      tryTurned(x, [3, 3, x[3], filters], pad);
    }
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
