import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { expectCode, maxDifference, nets } from '@tfjs-optimize/testing';
import { fuseConvBatchNorm } from '../src/index.js';
import { useBackend } from './support/backend.js';

/** Input [2, …] that a layer takes, by rank. */
const INPUTS: Record<number, number[]> = { 2: [2, 5], 3: [2, 7, 3], 4: [2, 6, 5, 3], 5: [2, 4, 4, 3, 2] };

const LAYERS: readonly (readonly [string, number, () => tf.layers.Layer])[] = [
  ['Dense', 2, () => tf.layers.dense({ units: 4 })],
  ['Conv1D', 3, () => tf.layers.conv1d({ filters: 4, kernelSize: 3, useBias: false })],
  ['Conv2D', 4, () => tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', strides: 2 })],
  ['Conv3D', 5, () => tf.layers.conv3d({ filters: 3, kernelSize: 2 })],
  [
    'Conv2DTranspose',
    4,
    () => tf.layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
  ],
  ['DepthwiseConv2D', 4, () => tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
  ['SeparableConv2D', 4, () => tf.layers.separableConv2d({ filters: 4, kernelSize: 3 })],
];

/** A built layer and a built batch norm, with random weights and statistics that are none of an identity. */
function pairOf(conv: tf.layers.Layer, rank: number): readonly [tf.layers.Layer, tf.layers.Layer] {
  const shape = [null, ...(INPUTS[rank] as number[]).slice(1)];
  conv.build(shape);
  const channels = (conv.computeOutputShape(shape) as (number | null)[])[rank - 1] as number;
  const bn = tf.layers.batchNormalization({});
  bn.build([...new Array<null>(Math.min(rank, 4) - 1).fill(null), channels]);
  for (const layer of [conv, bn]) {
    const isNorm = layer === bn;
    const values = layer
      .getWeights()
      .map(({ shape: own }, i) => nets.uniformTensor(own, 7 + i, isNorm ? 0.5 : -1, 1));
    layer.setWeights(values);
    tf.dispose(values);
  }
  return [conv, bn];
}

/** The batch norm of a value; tf.layers has none for five axes, where two of them go as one. */
function normalized(bn: tf.layers.Layer, y: tf.Tensor): tf.Tensor {
  const { shape } = y;
  if (shape.length < 5) return bn.apply(y) as tf.Tensor;
  const [batch = 1, depth = 1, ...rest] = shape;
  return tf.reshape(bn.apply(tf.reshape(y, [batch * depth, ...rest])) as tf.Tensor, shape);
}

describe('fuseConvBatchNorm', () => {
  before(() => useBackend('cpu'));

  for (const [name, rank, make] of LAYERS) {
    it(`makes one layer of ${name} and BatchNormalization that computes what both do`, () => {
      const [conv, bn] = pairOf(make(), rank);
      const fused = fuseConvBatchNorm(conv, bn);
      const x = nets.uniformTensor(INPUTS[rank] as number[], 5);
      const actual = fused.apply(x) as tf.Tensor;
      const expected = normalized(bn, conv.apply(x) as tf.Tensor);
      expect(actual.shape).to.deep.equal(expected.shape);
      // At most 54 terms of magnitude below 1 each, two ways to sum them: 2·γ(80)·54.
      const bound = 2 * 80 * 2 ** -24 * 54;
      expect(maxDifference(actual.dataSync(), expected.dataSync())).to.be.at.most(bound);
      expect(fused.name).to.equal(conv.name);
      expect(fused.getClassName()).to.equal(name);
      const kernel = name === 'SeparableConv2D' ? 1 : 0;
      const [old, made] = [conv, fused].map((layer) => layer.getWeights()[kernel]?.dataSync());
      expect(made).not.to.deep.equal(old);
    });
  }

  it('holds no tensors but the weights of the new layer', () => {
    const [conv, bn] = pairOf(tf.layers.conv2d({ filters: 4, kernelSize: 3 }), 4);
    const before = tf.memory().numTensors;
    const fused = fuseConvBatchNorm(conv, bn);
    expect(tf.memory().numTensors - before).to.equal(2);
    fused.weights.forEach((variable) => variable.dispose());
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('refuses what it cannot fuse, by name', async () => {
    const dense = (config: object): tf.layers.Layer => {
      const layer = tf.layers.dense({ units: 4, name: 'd', ...config });
      layer.build([null, 3]);
      return layer;
    };
    const norm = (channels: number, config: object = {}): tf.layers.Layer => {
      const layer = tf.layers.batchNormalization({ name: 'n', ...config });
      layer.build([null, channels]);
      return layer;
    };
    const refused = async (conv: tf.layers.Layer, bn: tf.layers.Layer): Promise<string> =>
      (await expectCode('fusion/layer', () => fuseConvBatchNorm(conv, bn))).message;
    expect(await refused(dense({ activation: 'relu' }), norm(4)))
      .to.contain("layer 'd'")
      .and.contain('relu');
    expect(await refused(dense({}), norm(5))).to.contain(
      "layer 'n': expected statistics of 4 channels, got 5",
    );
    expect(await refused(dense({}), dense({}))).to.contain('expected BatchNormalization, got Dense');
    expect(await refused(tf.layers.flatten({ name: 'f' }), norm(4))).to.contain('got Flatten');
    expect(await refused(tf.layers.dense({ units: 4, name: 'd' }), norm(4))).to.contain(
      'a layer that is built',
    );
    expect(await refused(dense({}), tf.layers.batchNormalization({ axis: 0, name: 'n' }))).to.contain('axis');
  });
});
