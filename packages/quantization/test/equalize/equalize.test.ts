import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, Random, type Model } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { channelRanges, equalize } from '../../src/index.js';

const normals = (random: Random, count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal());

/** Convolution, depthwise convolution and convolution, whose channels differ a thousandfold in the first. */
function chain(activation: 'Relu' | 'Relu6', seed = 1): Model<'float'> {
  const random = Random.of(seed);
  const b = new GraphBuilder();
  const attrs = { strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], padding: 'SAME', data_format: 'NHWC' };
  const fused = { ...attrs, num_args: 1, fused_ops: ['BiasAdd', activation] };
  const uneven = normals(random, 9 * 3 * 4).map((w, i) => w * 10 ** -(i % 4) * 0.3);
  let x = b.input('x', [-1, 6, 6, 3]);
  x = b.op(
    '_FusedConv2D',
    [
      x,
      b.constant('k1', uneven, [3, 3, 3, 4]),
      b.constant(
        'b1',
        normals(random, 4).map((v) => v * 0.01),
        [4],
      ),
    ],
    fused,
    'c1',
  );
  x = b.op(
    'FusedDepthwiseConv2dNative',
    [
      x,
      b.constant('k2', normals(random, 36), [3, 3, 4, 1]),
      b.constant(
        'b2',
        normals(random, 4).map((v) => v * 0.01),
        [4],
      ),
    ],
    fused,
    'c2',
  );
  x = b.op('Conv2D', [x, b.constant('k3', normals(random, 8), [1, 1, 4, 2])], attrs, 'c3');
  return b.output(x).build();
}

function difference(a: Model, b: Model, x: tf.Tensor): { error: number; most: number } {
  return tf.tidy(() => {
    const [[p], [q]] = [a.run(x), b.run(x)] as [[tf.Tensor], [tf.Tensor]];
    return {
      error: tf.max(tf.abs(tf.sub(p, q))).dataSync()[0] as number,
      most: tf.max(tf.abs(p)).dataSync()[0] as number,
    };
  });
}

describe('cross-layer equalization', () => {
  before(() => tf.setBackend('cpu'));

  it('by weights: outputs within 1e-5 of the largest, and ranges of each channel the same in both layers', async () => {
    const model = chain('Relu');
    const { model: even, changed } = await equalize(model);
    expect(changed).to.equal(true);
    const x = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 5);
    const { error, most } = difference(model, even, x);
    expect(error).to.be.at.most(1e-5 * most);
    const widths = (name: string, shape: number[], axis: number): number[] =>
      channelRanges(even.weights.need(name).numbers(), shape, axis).map(({ min, max }) =>
        Math.max(-min, max),
      );
    const [first, second] = [widths('k1', [27, 4], 1), widths('k2', [9, 4], 1)];
    first.forEach((width, c) => expect(width / (second[c] as number)).to.be.closeTo(1, 0.02));
    x.dispose();
    model.dispose();
    even.dispose();
  });

  it('by weights, ReLU6 does not let factors through: nothing changes, and notes say so', async () => {
    const model = chain('Relu6');
    const { model: same, changed, notes } = await equalize(model);
    expect(same).to.equal(model);
    expect(changed).to.equal(false);
    expect(notes.filter(({ message }) => message.includes('clamped at 6'))).to.have.length(2);
  });

  for (const activation of ['Relu', 'Relu6'] as const) {
    it(`by data, ${activation}: outputs over the data within 1e-5 of the largest, and channels near the widest`, async () => {
      const model = chain(activation);
      const x = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 6);
      const { model: even } = await equalize(model, { data: x });
      const { error, most } = difference(model, even, x);
      expect(error).to.be.at.most(1e-5 * most);
      const spread = (each: Model): number => {
        const b = tf.tidy(() => {
          const y = tf.fused.conv2d({
            ...{
              x: x as tf.Tensor4D,
              filter: tf.tensor4d(each.weights.need('k1').numbers() as Float32Array, [3, 3, 3, 4]),
            },
            ...{
              strides: 1,
              pad: 'same',
              bias: tf.tensor1d(each.weights.need('b1').numbers() as Float32Array),
              activation: 'relu',
            },
          });
          return Array.from(tf.max(y, [0, 1, 2]).dataSync());
        });
        return Math.max(...b) / Math.min(...b);
      };
      expect(spread(even)).to.be.below(spread(model) / 10);
      x.dispose();
      model.dispose();
      even.dispose();
    });
  }

  it('refuses integer models and data that are none', async () => {
    const model = chain('Relu');
    await expectCode('model/stage', () => equalize(model.with({ stage: 'integer' })));
    await expectCode('quantization/data', () => equalize(model, { data: [] }));
  });
});
