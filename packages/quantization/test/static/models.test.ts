import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { loadModel, makeContext, runPass, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { needShared, nets } from '@tfjs-optimize/testing';
import { quantizeStatic } from '../../src/index.js';

const uniform = (shape: readonly number[], seed: number): tf.Tensor => nets.uniformTensor(shape, seed, 0, 1);
const integers = (shape: readonly number[], seed: number, below: number): tf.Tensor =>
  tf.tidy(() => nets.uniformTensor(shape, seed, 0, below).floor().toInt());

/** Real models, what they take, how many of their convolutions and products there are and how near outputs have to be. */
const MODELS: readonly {
  readonly name: string;
  readonly inputs: (seed: number) => tf.Tensor[];
  readonly compute: number;
  /** Share of the largest output. */
  readonly within: number;
}[] = [
  { name: 'cifar-bn-cnn-layers', inputs: (seed) => [uniform([2, 32, 32, 3], seed)], compute: 6, within: 0.1 },
  {
    name: 'emotion-minixception-graph',
    inputs: (seed) => [uniform([1, 64, 64, 1], seed)],
    compute: 13,
    within: 0.05,
  },
  {
    name: 'multi-input-concat-mlp-layers',
    inputs: (seed) => [6, 11, 8, 5, 6, 5].map((width, at) => uniform([2, width], seed + at)),
    ...{ compute: 7, within: 0.05 },
  },
  {
    name: 'nsfw-mobilenet-v2-uint8-layers',
    inputs: (seed) => [uniform([1, 224, 224, 3], seed)],
    compute: 55,
    within: 0.1,
  },
  { name: 'lstm-seq2seq-layers', inputs: (seed) => [uniform([1, 7, 12], seed)], compute: 11, within: 0.1 },
  {
    name: 'transformer-lm-uint8-graph',
    inputs: (seed) => [integers([1, 1], seed, 2502)],
    compute: 65,
    within: 0.1,
  },
];

async function fused(context: Mocha.Context, name: string): Promise<Model> {
  const folder = needShared(context, 'data', 'models', name);
  return (await runPass(inference(), await loadModel(path.join(folder, 'model.json')), makeContext())).model;
}

describe('static int8 of real models', () => {
  before(() => tf.setBackend('cpu'));

  for (const { name, inputs, compute, within } of MODELS) {
    it(`${name}: ${compute} convolutions and products are integer; outputs within ${100 * within} % of the largest`, async function () {
      this.timeout(240_000);
      const float = await fused(this, name);
      const batches = [1, 2].map(inputs);
      const { model, notes } = await quantizeStatic(float, { data: batches, correctBias: false });
      expect(model.stage).to.equal('integer');
      expect(notes.map(({ message }) => message).join()).to.include(`${compute} convolutions and products`);
      const x = batches[0] as tf.Tensor[];
      const [wanted, got] = [await float.runAsync(x), await model.runAsync(x)];
      wanted.forEach((tensor, i) => {
        const [error, most] = tf.tidy(() => [
          tf.max(tf.abs(tf.sub(tensor, got[i] as tf.Tensor))).dataSync()[0] as number,
          tf.max(tf.abs(tensor)).dataSync()[0] as number,
        ]);
        expect(error).to.be.at.most(within * most);
      });
      tf.dispose([batches, wanted, got]);
      float.dispose();
      model.dispose();
    });
  }

  it('a model with loops and tests of values: its layers are integer, its control flow stays', async function () {
    this.timeout(240_000);
    const float = await fused(this, 'handtrack-ssd320-uint8-graph');
    const x = integers([1, 320, 320, 3], 1, 256);
    const { model, notes } = await quantizeStatic(float, { data: [x], correctBias: false });
    expect(model.stage).to.equal('integer');
    expect([...model.graph].filter(({ op }) => op === 'NextIteration')).to.have.length(6);
    expect(notes.some(({ kind }) => kind === 'declined')).to.equal(true);
    const [wanted, got] = [await float.runAsync(x), await model.runAsync(x)];
    expect(got.map(({ dtype }) => dtype)).to.deep.equal(wanted.map(({ dtype }) => dtype));
    tf.dispose([x, wanted, got]);
    float.dispose();
    model.dispose();
  });
});
