import { setWinograd } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { conv2d } from '../../src/reference/conv2d.js';
import { suitsWinograd } from '../../src/kernels/conv/winograd.js';
import { geometryOf, type ConvAttrs, type Geometry } from '../../src/kernels/conv/geometry.js';
import type { Values } from '../../src/reference/values.js';
import { whole } from '../support/agree.js';
import { itHolds } from '../support/fuzz.js';
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

  it('spread NaN no further than the filter without Winograd, and through whole tiles with it', () => {
    const [pixels, filter] = [new Float32Array(8 * 8 * 16), tf.ones<tf.Rank.R4>([3, 3, 16, 16])];
    pixels[(3 * 8 + 4) * 16] = Number.NaN;
    const x = tf.tensor4d(pixels, [1, 8, 8, 16]);
    const spread = (): number[] =>
      tf.tidy(() =>
        Array.from(tf.conv2d(x, filter, 1, 'same').dataSync()).flatMap((value, i) =>
          Number.isNaN(value) && i % 16 === 0 ? [i / 16] : [],
        ),
      );
    setWinograd(false);
    const around = [2, 3, 4].flatMap((row) => [3, 4, 5].map((column) => row * 8 + column));
    expect(spread()).to.deep.equal(around);
    setWinograd(true);
    expect(spread().length).to.be.above(around.length);
    tf.dispose([x, filter]);
  });

  it('give without Winograd the gradient by the input that the definition gives, bit for bit', () => {
    // Whole numbers: their sums are exact, and the transforms' sixths are not.
    const [dy, filter] = [whole([1, 7, 6, 16], 1), whole([3, 3, 16, 16], 2)] as tf.Tensor4D[];
    const gradient = (): Float32Array =>
      tf.tidy(() =>
        tf
          .grad((x) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'))(
            tf.zeros([1, 7, 6, 16]),
            dy as tf.Tensor,
          )
          .dataSync(),
      ) as never;
    setWinograd(false);
    const exact = gradient();
    expect(exact.every(Number.isInteger)).to.equal(true);
    setWinograd(true);
    expect(gradient().every(Number.isInteger)).to.equal(false);
    tf.dispose([dy, filter] as tf.Tensor[]);
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

  itHolds('agree with the reference', (dice) => {
    const [channels, filters] = [dice.pick(1, 3, 4, 16, 20, 24, 33), dice.pick(1, 2, 8, 9, 16, 20, 32)];
    const pad = dice.pick<ConvAttrs['pad']>('same', 'valid', dice.upTo(2), [
      [0, 0],
      [dice.upTo(3), 2],
      [1, dice.upTo(3)],
      [0, 0],
    ]);
    const activation = dice.pick('linear', 'relu', 'relu6', 'leakyrelu', 'sigmoid', 'elu');
    const strides: [number, number] = [dice.pick(1, 1, 2, 3), dice.pick(1, 1, 2)];
    const dilations = strides.every((stride) => stride === 1) ? dice.pick(1, 1, 2) : 1;
    const attrs = { strides, pad, activation, dilations };
    const bias = dice.pick(undefined, normal([filters], dice.seed));
    const x: Shape = [1 + dice.upTo(2), 9 + dice.upTo(8), 9 + dice.upTo(8), channels];
    const filter = [dice.pick(1, 3, 3, 5), dice.pick(1, 3, 3, 2), channels, filters];
    const geometry = geometryOf(x, filter, attrs) as Geometry;
    const bound = suitsWinograd(geometry) ? winogradBound : plainBound;
    tryConvolution(x, filter, attrs, { bias }, bound);
  });
});
