import { setWinograd } from '@tfjs-optimize/wasm';
import { Random } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { conv2d } from '../../src/reference/conv2d.js';
import { suitsWinograd } from '../../src/kernels/conv/winograd.js';
import { geometryOf, type ConvAttrs } from '../../src/kernels/conv/geometry.js';
import type { Values } from '../../src/reference/values.js';
import { winogradBound } from '../support/winograd-bound.js';
import {
  EPSILON,
  normal,
  sumBound,
  expectKernel,
  useEngine,
  type Bound,
  type Inputs,
} from '../support/tester.js';

type Shape = [batch: number, height: number, width: number, channels: number];

/** No activation has a slope above 1 but prelu, whose slopes are below 4; sigmoid and elu are off by two units more. */
const activated =
  (sums: Bound): Bound =>
  (inputs, attrs) =>
    sums(inputs, attrs).map((all) => all.map((each) => 4 * each + 4 * EPSILON));

const plainBound: Bound = (inputs, attrs) => {
  const [height, width, channels] = (inputs.filter as Values).shape as [number, number, number];
  return sumBound(conv2d, height * width * channels + 1)(inputs, attrs);
};

function tryConvolution(
  x: Shape,
  filter: number[],
  attrs: tf.NamedAttrMap = {},
  more: Inputs = {},
  bound = plainBound,
): void {
  const fused = Object.keys(more).length > 0 || 'activation' in attrs;
  expectKernel(fused ? 'FusedConv2D' : 'Conv2D', {
    inputs: { x: normal(x, 1), filter: normal(filter, 2), ...more },
    attrs: { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', ...attrs },
    bound: fused ? activated(bound) : bound,
  });
}

describe('conv2d kernels', () => {
  before(useEngine);
  afterEach(() => setWinograd(true));

  it('convolve with filters of every size, stride and padding', () => {
    for (const size of [1, 2, 3, 5]) {
      for (const strides of [1, 2, [2, 1]] as (number | number[])[]) {
        for (const pad of [
          'same',
          'valid',
          [
            [0, 0],
            [1, 2],
            [0, 1],
            [0, 0],
          ],
        ] as tf.NamedAttrMap['pad'][]) {
          for (const channels of [1, 3, 4, 9])
            tryConvolution([2, 7, 6, channels], [size, size, channels, 10], {
              strides,
              pad,
            });
        }
      }
    }
  });

  it('convolve with dilated filters and with filters larger than the image', () => {
    for (const dilations of [2, 3, [1, 2]] as (number | number[])[]) {
      tryConvolution([1, 9, 8, 5], [3, 2, 5, 7], { dilations });
    }
    tryConvolution([1, 2, 3, 4], [5, 7, 4, 3]);
    tryConvolution([1, 2, 2, 4], [3, 3, 4, 3], { dilations: 4 });
  });

  it('convolve images of more pixels and deeper filters than a block has', () => {
    tryConvolution([1, 25, 24, 40], [3, 3, 40, 9], { strides: [1, 1] });
    tryConvolution([2, 20, 20, 3], [7, 7, 3, 17], { strides: 2 });
    tryConvolution([3, 12, 11, 17], [1, 1, 17, 24]);
  });

  it('give nothing of nothing', () => {
    tryConvolution([0, 5, 5, 3], [3, 3, 3, 4]);
    tryConvolution([1, 5, 5, 0], [3, 3, 0, 4]);
    tryConvolution([1, 5, 5, 3], [3, 3, 3, 0]);
    tryConvolution([0, 5, 5, 16], [3, 3, 16, 16]);
  });

  for (const activation of ['linear', 'relu', 'relu6', 'prelu', 'leakyrelu', 'sigmoid', 'elu']) {
    it(`add a bias and apply ${activation}, by patches and by Winograd`, () => {
      const slopes = activation === 'prelu' ? { preluActivationWeights: normal([20], 5) } : {};
      for (const bias of [undefined, normal([20], 3)]) {
        tryConvolution([2, 6, 5, 7], [3, 3, 7, 20], { activation, leakyreluAlpha: 0.3 }, { bias, ...slopes });
        tryConvolution(
          [2, 6, 5, 16],
          [3, 3, 16, 20],
          { activation, leakyreluAlpha: 0.3 },
          { bias, ...slopes },
          winogradBound,
        );
      }
    });
  }

  it('convolve by Winograd where tiles end at, before and behind the edge', () => {
    for (let height = 1; height <= 9; height++) {
      for (let width = 1; width <= 9; width++)
        tryConvolution([1, height, width, 16], [3, 3, 16, 20], {}, {}, winogradBound);
    }
    for (const pad of [
      'valid',
      [
        [0, 0],
        [2, 0],
        [0, 3],
        [0, 0],
      ],
    ] as tf.NamedAttrMap['pad'][]) {
      tryConvolution([2, 11, 14, 20], [3, 3, 20, 16], { pad }, {}, winogradBound);
    }
    tryConvolution([1, 40, 44, 64], [3, 3, 64, 36], {}, {}, winogradBound);
  });

  it('is as exact without Winograd as a sum', () => {
    setWinograd(false);
    tryConvolution([1, 13, 14, 20], [3, 3, 20, 16]);
  });

  it('pass on NaN and infinities', () => {
    for (const special of [Number.NaN, Infinity, -Infinity]) {
      const x = normal([1, 5, 5, 3], 1);
      x.data[17] = special;
      const inputs = { x, filter: normal([3, 3, 3, 5], 2), bias: normal([5], 3) };
      for (const activation of ['linear', 'relu', 'relu6']) {
        expectKernel('FusedConv2D', {
          inputs,
          attrs: { strides: 1, pad: 'same', activation },
          bound: activated(plainBound),
        });
      }
    }
  });

  it('agree with the reference for random sizes and flags', function () {
    this.timeout(20_000);
    const random = Random.of(Number(process.env.FUZZ_SEED ?? 1));
    const until = performance.now() + Number(process.env.FUZZ_SECONDS ?? 2) * 1000;
    const pick = <T>(...from: T[]): T => from[random.integer(from.length)] as T;
    let cases = 0;
    for (; performance.now() < until; cases++) {
      const [channels, filters] = [pick(1, 3, 4, 16, 20, 24, 33), pick(1, 2, 8, 9, 16, 20, 32)];
      const pad = pick<unknown>('same', 'valid', [
        [0, 0],
        [random.integer(4), 2],
        [1, random.integer(4)],
        [0, 0],
      ]);
      const size = [5 + random.integer(12), 5 + random.integer(12)] as const;
      const activation = pick('linear', 'relu', 'relu6', 'leakyrelu', 'sigmoid', 'elu');
      const attrs = { strides: [pick(1, 1, 2, 3), pick(1, 1, 2)], pad, activation, dilations: 1 };
      if (attrs.strides.every((stride) => stride === 1)) attrs.dilations = pick(1, 1, 2);
      const bias = pick(undefined, normal([filters], cases));
      const x: Shape = [1 + random.integer(3), ...size, channels];
      // Dilated by two those of five see nine pixels, and images have five at least.
      const side = attrs.dilations === 2 ? 3 : 5;
      const filter = [pick(1, 3, 3, side), pick(1, 3, 3, 2), channels, filters];
      const geometry = geometryOf(x, filter, attrs as unknown as ConvAttrs);
      if (geometry === undefined) continue;
      const bound = suitsWinograd(geometry) ? winogradBound : plainBound;
      tryConvolution(x, filter, attrs as unknown as tf.NamedAttrMap, { bias }, bound);
    }
    expect(cases).to.be.greaterThan(10);
  });
});
