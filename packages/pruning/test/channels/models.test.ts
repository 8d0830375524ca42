import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { asyncNodeOf, loadModel, saveModel, type Model } from '@tfjs-optimize/core';
import { needShared, nets, runStock, withTempFolder, type TensorData } from '@tfjs-optimize/testing';
import { pruneChannels } from '../../src/index.js';
import { expectSame, prunedAlike, zeroed } from './zeroed.js';

const uniform = (...shape: readonly number[]): tf.Tensor => nets.uniformTensor(shape, 3, 0, 1);
const integers = (below: number, ...shape: readonly number[]): tf.Tensor =>
  tf.tidy(() => nets.uniformTensor(shape, 3, 0, below).floor().toInt());

/** Every real model: what it takes, and the share of its parameters that is left where half the channels go. */
const MODELS: readonly {
  readonly name: string;
  readonly inputs: () => tf.Tensor[];
  readonly left: number;
}[] = [
  { name: 'mnist-cnn-layers', inputs: () => [uniform(2, 28, 28, 1)], left: 0.261 },
  { name: 'mnist-cnn-graph', inputs: () => [uniform(2, 28, 28, 1)], left: 0.261 },
  { name: 'fashion-cnn-keras3-layers', inputs: () => [uniform(2, 28, 28, 1)], left: 0.261 },
  { name: 'cifar-bn-cnn-layers', inputs: () => [uniform(2, 32, 32, 3)], left: 0.283 },
  { name: 'emotion-minixception-graph', inputs: () => [uniform(1, 64, 64, 1)], left: 0.278 },
  { name: 'mobilenet-v1-025-imagenet-layers', inputs: () => [uniform(1, 224, 224, 3)], left: 0.397 },
  // Its first blocks are frozen.
  { name: 'nsfw-mobilenet-v2-uint8-layers', inputs: () => [uniform(1, 224, 224, 3)], left: 0.372 },
  {
    name: 'multi-input-concat-mlp-layers',
    inputs: () => [6, 11, 8, 5, 6, 5].map((width) => uniform(2, width)),
    left: 0.5,
  },
  { name: 'lstm-seq2seq-layers', inputs: () => [uniform(1, 7, 12)], left: 0.261 },
  { name: 'transformer-lm-uint8-graph', inputs: () => [integers(2502, 1, 1)], left: 0.81 },
  { name: 'handtrack-ssd320-uint8-graph', inputs: () => [integers(256, 1, 320, 320, 3)], left: 0.288 },
];

function wire(tensor: tf.Tensor): TensorData {
  return { dtype: tensor.dtype, shape: tensor.shape, data: tensor.dataSync() };
}

describe('channels of real models', () => {
  before(() => tf.setBackend('cpu'));

  for (const { name, inputs, left } of MODELS) {
    it(`${name}: half the channels removed, exact where they are zero, and run by stock TensorFlow.js`, async function () {
      this.timeout(900_000);
      const folder = needShared(this, 'data', 'models', name);
      const model = (await loadModel(path.join(folder, 'model.json'))) as Model<'float'>;
      const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1, importance: 'l1' });
      expect(result.after.parameters / result.before.parameters).to.be.closeTo(left, 0.001);
      // What stays is told: what the outputs are made of, at least.
      expect(result.notes.some(({ kind }) => kind === 'declined')).to.equal(true);
      const x = inputs();
      // Some have channels that are constants, and keep what these say: without it all are zero.
      const zeros = zeroed(model, result);
      const alike = prunedAlike(zeros, result);
      await expectSame(zeros, alike, x, name);
      const shapes = (one: Model): string[] =>
        [...one.weights].map(([key, { shape }]) => `${key} ${shape.join()}`);
      expect(shapes(result.model)).to.deep.equal(shapes(alike));
      const isFolded = result.notes.some(({ message }) => message.includes('folded into'));
      if (!isFolded) await expectSame(alike, result.model, x, name);
      await withTempFolder(async (place) => {
        await saveModel(result.model, path.join(place, 'pruned'));
        const answer = await runStock({
          model: path.join(place, 'pruned', 'model.json'),
          runs: [x.map(wire)],
          async: asyncNodeOf(result.model.graph) !== undefined,
        });
        expect(answer.leaked).to.equal(0);
        const own = await result.model.runAsync(x);
        own.forEach((tensor, i) => expect(answer.runs[0]?.[i]?.shape).to.deep.equal(tensor.shape));
        tf.dispose(own);
      });
      tf.dispose(x);
      result.model.dispose();
    });
  }
});
