import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { fit, loadModel, Random, type Model } from '@tfjs-optimize/core';
import { expectCode, maxDifference, nets } from '@tfjs-optimize/testing';
import {
  calibrate,
  channelRanges,
  quantizationAware,
  quantizeWeightChannels,
  rangesFact,
  withoutFakeQuant,
} from '../../src/index.js';

const random = Random.of(8);
const count = 48;
const pixels = Float32Array.from({ length: count * 8 * 8 * 3 }, () => random.normal());
const inputs = { values: pixels, shape: [count, 8, 8, 3] };
/** Whether an example's mean is above 0. */
const labels = {
  values: Float32Array.from({ length: 2 * count }, (_, i) => {
    const example = pixels.subarray(192 * (i >> 1), 192 * ((i >> 1) + 1));
    return example.reduce((a, b) => a + b, 0) > 0 === (i % 2 === 1) ? 1 : 0;
  }),
  shape: [count, 2],
};

/** conv, batch norm, relu; depthwise, batch norm, relu6; dense. */
function network(): tf.LayersModel {
  const x = tf.input({ shape: [8, 8, 3] });
  const relu = (name: string, maxValue: number): tf.layers.Layer => tf.layers.reLU({ name, maxValue });
  const layers = [
    tf.layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, name: 'conv' }),
    tf.layers.batchNormalization({ name: 'conv_bn' }),
    relu('conv_relu', 6),
    tf.layers.depthwiseConv2d({ kernelSize: 3, name: 'depthwise' }),
    tf.layers.batchNormalization({ name: 'depthwise_bn' }),
    relu('depthwise_relu', 6),
    tf.layers.flatten({ name: 'flatten' }),
    tf.layers.dense({ units: 2, name: 'dense' }),
  ];
  const y = layers.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, x);
  return nets.seedWeights(tf.model({ inputs: x, outputs: y }), 6);
}

const batchOf = (): tf.Tensor => tf.tensor(pixels, [count, 8, 8, 3]);

function outputOf(model: Model): Float32Array {
  return tf.tidy(() => (model.run(batchOf())[0] as tf.Tensor).dataSync() as Float32Array);
}

describe('quantizationAware', () => {
  let model: Model<'float'>;
  let aware: Model<'float'>;
  before(async () => {
    model = await loadModel(network());
    aware = await quantizationAware(model, { data: { inputs } });
  });

  it('quantizes kernels, by the factor of the batch norm behind them, and activations around them', () => {
    const ops = [...aware.graph].filter(({ op }) => op.startsWith('TfjsOptimize'));
    // Three kernels, two of them with a batch norm; the input and what each layer gives, and the flat input of the dense one.
    expect(ops.filter(({ op }) => op === 'TfjsOptimizeUnfold').length).to.equal(2);
    expect(
      ops.filter(({ op, inputs: { length } }) => op === 'TfjsOptimizeFakeQuant' && length === 3).length,
    ).to.equal(2);
    expect(
      ops.filter(({ op, inputs: { length } }) => op === 'TfjsOptimizeFakeQuant' && length === 1).length,
    ).to.equal(6);
    expect(aware.facts.has(rangesFact)).to.equal(true);
  });

  it('computes what the folded and quantized kernel computes: to 1e-5 of the greatest', async () => {
    // Alone, with activations as they are: the kernel by hand.
    const weightOf = (name: string): Float32Array => model.weights.need(name).values() as Float32Array;
    const { graph } = model;
    const conv = [...graph].find(({ op }) => op === 'Conv2D');
    const norm = [...graph].find(({ op }) => op.startsWith('FusedBatchNorm'));
    const [kernelName = '', gamma = '', variance = ''] = [conv?.inputs[1], norm?.inputs[1], norm?.inputs[4]];
    const factor = weightOf(gamma).map((g, c) => g / Math.sqrt((weightOf(variance)[c] as number) + 0.001));
    const folded = weightOf(kernelName).map((w, i) => w * (factor[i % 4] as number));
    const { values, scales } = quantizeWeightChannels(folded, [27, 4], 1);
    const kernel = Float32Array.from(
      values,
      (q, i) => (q * (scales[i % 4] as number)) / (factor[i % 4] as number),
    );
    const [fake] = [...aware.graph].filter(({ inputs: from }) => from[0] === kernelName && from.length === 3);
    const shown = aware.with({
      signature: {
        ...aware.signature,
        outputs: [{ key: 'w', value: fake?.name ?? '', dtype: 'float32', shape: undefined }],
      },
    });
    const quantized = await shown.runAsync(batchOf());
    const got = (quantized[0] as tf.Tensor).dataSync().map((w, i) => w / (factor[i % 4] as number));
    const most = Math.max(...kernel.map(Math.abs));
    expect(maxDifference(got, kernel)).to.be.at.most(1e-5 * most);
    expect(channelRanges(folded, [27, 4], 1).length).to.equal(4);
    shown.dispose();
  });

  it('is near the float model and is not it', () => {
    const [exact, fake] = [outputOf(model), outputOf(aware)];
    const most = Math.max(...exact.map(Math.abs));
    expect(maxDifference(exact, fake))
      .to.be.above(0)
      .and.below(0.1 * most);
  });

  it('trains, batch norms and all, and gives the float graph back', async () => {
    const result = await fit(aware, {
      data: { inputs, labels },
      loss: 'crossEntropy',
      epochs: 15,
      batchSize: 16,
      optimizer: 'adam',
      learningRate: 0.01,
      seed: 1,
    });
    const losses = result.history.map(({ numbers }) => numbers['loss'] as number);
    expect(losses.at(-1)).to.be.below(0.6 * (losses[0] as number));
    const trained = withoutFakeQuant(result.model);
    expect([...trained.graph].map(({ name }) => name).sort()).to.deep.equal(
      [...model.graph].map(({ name }) => name).sort(),
    );
    expect(trained.facts.has(rangesFact)).to.equal(true);
    for (const [name, weight] of model.weights) {
      if (weight.dtype !== 'float32' || weight.size < 2) continue;
      expect(maxDifference(trained.weights.need(name).numbers(), weight.numbers()), name).to.be.above(0);
    }
  });

  it('uses ranges that are known, and needs data where they are not', async () => {
    const known = await calibrate(model, { data: { inputs } });
    await quantizationAware(known);
    await expectCode('quantization/data', () => quantizationAware(model));
    await expectCode('model/stage', () => quantizationAware(model.with({ stage: 'integer' })));
    await expectCode('quantization/layer', () => quantizationAware(known, { exclude: ['convv'] }));
  });
});
