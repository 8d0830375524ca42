import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { traceLayersModel } from '@tfjs-optimize/core';
import { pruneChannels } from '../../src/index.js';

type Activation = 'relu' | 'sigmoid' | 'swish' | 'softplus' | 'tanh' | 'gelu';

async function said(activation: Activation, fused: boolean): Promise<string[]> {
  const layers = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 8,
        inputShape: [4],
        name: 'a',
        ...(fused && { activation }),
      }),
      ...(fused ? [] : [tf.layers.activation({ activation, name: 'act' })]),
      tf.layers.dense({ units: 3, name: 'b' }),
    ],
  });
  const { notes } = await pruneChannels(traceLayersModel(layers), { ratio: 0.5, roundTo: 1 });
  layers.dispose();
  return notes.filter(({ kind }) => kind === 'saw').map(({ message }) => message);
}

describe('channels that are constants where their weights are zero', () => {
  before(() => tf.setBackend('cpu'));

  for (const activation of ['sigmoid', 'softplus'] as const) {
    it(`${activation} is told of`, async () => {
      for (const fused of [false, true]) {
        const [message = ''] = await said(activation, fused);
        expect(message).to.match(/behind '.*' \(.*\) a channel of zeros is a constant/);
      }
    });
  }
  for (const activation of ['relu', 'tanh', 'swish', 'gelu'] as const) {
    it(`${activation} keeps zeros: nothing is said`, async () => {
      expect(await said(activation, false)).to.deep.equal([]);
    });
  }
});
