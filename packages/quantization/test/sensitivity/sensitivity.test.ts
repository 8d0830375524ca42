import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { loadModel, Random, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { calibrate, sensitivity } from '../../src/index.js';

const random = Random.of(5);
const examples = {
  inputs: { values: Float32Array.from({ length: 12 * 16 }, () => random.normal()), shape: [12, 16] },
};

describe('sensitivity', () => {
  let model: Model;
  before(async () => {
    const layers = nets.mlp({ seed: 4 });
    // One kernel column far above the others makes levels of what it gives coarse.
    const [kernel] = layers.getLayer('dense_1').getWeights() as [tf.Tensor];
    const values = kernel.dataSync().slice();
    values[0] = 4;
    const [, bias] = layers.getLayer('dense_1').getWeights() as [tf.Tensor, tf.Tensor];
    layers.getLayer('dense_1').setWeights([tf.tensor(values, kernel.shape), bias]);
    model = await loadModel(layers);
  });

  it('ranks layers, worst first, and tells ratios, cosines and drops', async () => {
    const seen: string[] = [];
    const result = await sensitivity(model, { data: examples, progress: ({ task }) => seen.push(task) });
    expect(result.layers.map(({ layer }) => layer).sort()).to.deep.equal(['dense_0', 'dense_1', 'dense_2']);
    const ratios = result.layers.map(({ sqnr }) => sqnr as number);
    expect(ratios).to.deep.equal([...ratios].sort((a, b) => a - b));
    for (const { sqnr, cosine } of result.layers) {
      // 8 bits: some 6 dB a bit.
      expect(sqnr).to.be.above(15).and.below(80);
      expect(cosine).to.be.above(0.9).and.below(1);
    }
    expect(result.examples).to.equal(12);
    expect(seen.length).to.equal(3);
    expect(JSON.parse(JSON.stringify(result))).to.deep.equal({
      layers: result.layers,
      examples: 12,
      bits: 8,
    });
    expect(result.text().split('\n').length).to.equal(4);
    expect(result.text(1)).to.match(/^layer +op +SQNR dB +cosine\n.+$/);
  });

  it('finds fewer bits worse, by about 6 dB a bit', async () => {
    const ratio = async (bits: number): Promise<number> => {
      const { layers } = await sensitivity(model, { data: examples, bits, include: ['dense_2'] });
      expect(layers.length).to.equal(1);
      return layers[0]?.sqnr as number;
    };
    const [eight, six] = [await ratio(8), await ratio(6)];
    expect(eight - six).to.be.within(6, 18);
  });

  it('ranks by the drop of a score first', async () => {
    let asked = 0;
    const evaluate = (given: Model): number => {
      asked++;
      return given.graph.has('dense_2/kernel/fake_quant') ? 0.25 : 1;
    };
    const { layers, score } = await sensitivity(model, { data: examples, evaluate });
    expect(score).to.equal(1);
    expect(asked).to.equal(4);
    expect(layers[0]?.layer).to.equal('dense_2');
    expect(layers[0]?.drop).to.equal(0.75);
  });

  it('uses the ranges that the model has', async () => {
    const narrow = await calibrate(model, {
      data: { inputs: { values: new Float32Array(16).fill(1e-3), shape: [1, 16] } },
    });
    const { layers } = await sensitivity(narrow, { data: examples });
    expect(layers[0]?.sqnr).to.be.below(6);
  });

  it('leaves no tensors', async () => {
    await expectNoLeak(() => sensitivity(model, { data: examples, include: ['dense_0'] }));
  });

  it('refuses unknown layers, bits, integer models and models without weights', async () => {
    await expectCode('quantization/layer', () =>
      sensitivity(model, { data: examples, exclude: ['dense_9'] }),
    );
    await expectCode('argument/invalid', () => sensitivity(model, { data: examples, bits: 9 }));
    const integer = model.with({ stage: 'integer' });
    await expectCode('model/stage', () => sensitivity(integer, { data: examples }));
    await expectCode('graph/op', () => sensitivity(model, { data: examples, include: [] }));
    await expectCode('quantization/data', () => sensitivity(model, { data: [] }));
  });
});
