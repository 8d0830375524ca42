import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { expectCode } from '@tfjs-optimize/testing';
import { useEngine } from '../support/tester.js';

type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

interface Case {
  readonly image: readonly [height: number, width: number, channels: number];
  readonly filter: readonly [height: number, width: number, multiplier: number];
  readonly stride: number | [number, number];
  readonly pad: Pad;
}

/** Shapes that the backend computes wrongly, or on which it reads beyond its memory. */
const CASES: readonly Case[] = [
  { image: [3, 3, 4], filter: [2, 2, 1], stride: 3, pad: 'same' },
  { image: [7, 7, 3], filter: [1, 5, 1], stride: 3, pad: 'valid' },
  { image: [7, 7, 3], filter: [5, 1, 2], stride: 3, pad: 'same' },
  { image: [6, 7, 4], filter: [3, 1, 1], stride: 1, pad: 2 },
  { image: [6, 7, 5], filter: [1, 3, 1], stride: 1, pad: 1 },
  { image: [1, 5, 3], filter: [3, 3, 1], stride: 1, pad: 1 },
  { image: [2, 2, 5], filter: [3, 3, 1], stride: 2, pad: 2 },
  {
    image: [2, 9, 6],
    filter: [3, 3, 2],
    stride: 1,
    pad: [
      [0, 0],
      [2, 1],
      [0, 3],
      [0, 0],
    ],
  },
  { image: [9, 9, 8], filter: [7, 7, 1], stride: 1, pad: 3 },
  { image: [5, 5, 0], filter: [3, 3, 1], stride: 1, pad: 'same' },
];

const on = async (name: string, of: () => tf.Tensor): Promise<Float32Array> => {
  await tf.setBackend(name);
  return tf.tidy(() => of().dataSync<'float32'>());
};

describe('depthwise convolutions that the backend alone gets wrong', () => {
  before(useEngine);
  afterEach(() => tf.setBackend('wasm'));

  for (const { image, filter, stride, pad } of CASES) {
    const text = `${image.join(' × ')} by ${filter.join(' × ')}, stride ${stride.toString()}, pad ${pad.toString()}`;
    it(`are those of the cpu backend: ${text}`, async () => {
      const [height, width, multiplier] = filter;
      const make = (): [tf.Tensor4D, tf.Tensor4D] => [
        tf.randomNormal([2, ...image], 0, 1, 'float32', 1),
        tf.randomNormal([height, width, image[2], multiplier], 0, 1, 'float32', 2),
      ];
      const of = (): tf.Tensor => tf.depthwiseConv2d(...make(), stride, pad);
      const fused = (): tf.Tensor => {
        const [x, weights] = make();
        const bias = tf.randomNormal([image[2] * multiplier], 0, 1, 'float32', 3);
        return tf.fused.depthwiseConv2d({
          x,
          filter: weights,
          strides: stride,
          pad: pad as number,
          bias,
          activation: 'relu',
        });
      };
      for (const each of image[2] === 0 ? [of] : [of, fused]) {
        const [ours, right] = [await on('wasm', each), await on('cpu', each)];
        expect(ours.length).to.equal(right.length);
        ours.forEach((value, i) => expect(value).to.be.closeTo(right[i] as number, 1e-5));
      }
    });
  }

  it('and filters larger than an image are refused', async () => {
    const image = tf.zeros<tf.Rank.R4>([1, 3, 3, 4]);
    const held = tf.memory().numTensors;
    for (const work of [
      () => tf.conv2d(image, tf.zeros<tf.Rank.R4>([9, 1, 4, 2]), 1, 'valid'),
      () => tf.depthwiseConv2d(image, tf.zeros<tf.Rank.R4>([1, 9, 4, 1]), 1, 'valid'),
    ]) {
      const error = await expectCode('argument/invalid', () => tf.tidy(work));
      expect(error.message).to.include('expected a filter of at most 3x3, got ');
    }
    expect(tf.memory().numTensors).to.equal(held);
    image.dispose();
  });
});

describe('convolutions with slopes that are not one for each channel', () => {
  before(useEngine);
  afterEach(() => tf.setBackend('wasm'));

  // (Compared with the cpu backend, since tf.prelu of the wasm backend takes some of these slopes for others.)
  it('are those of the cpu backend', async () => {
    for (const shape of [
      [5, 4, 4],
      [5, 1, 1],
      [1, 1, 4],
    ]) {
      for (const last of [4, 1]) {
        const of = (): tf.Tensor => {
          const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 4, last], 0, 1, 'float32', 4);
          const given = {
            x: tf.randomNormal<tf.Rank.R4>([2, 5, 4, 4], 0, 1, 'float32', 1),
            filter,
            strides: 1,
            pad: 'same' as const,
            bias: tf.randomNormal<tf.Rank.R1>([4], 0, 1, 'float32', 2),
            activation: 'prelu' as const,
            preluActivationWeights: tf.randomNormal(shape, 0, 1, 'float32', 3),
          };
          return last === 1 ? tf.fused.depthwiseConv2d(given) : tf.fused.conv2d(given);
        };
        const [ours, right] = [await on('wasm', of), await on('cpu', of)];
        ours.forEach((value, i) => expect(value).to.be.closeTo(right[i] as number, 1e-4));
      }
    }
  });
});
