import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { traceLayersModel, Weight } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { l1Unstructured } from '../src/index.js';

describe('what is pruned of recurrent layers', () => {
  before(() => tf.setBackend('cpu'));

  const notesOf = (kind: 'gru' | 'lstm', options: object = {}): string[] => {
    const net = tf.sequential({ layers: [tf.layers[kind]({ units: 4, inputShape: [3, 2], name: 'rec' })] });
    const { notes } = l1Unstructured(traceLayersModel(net), 0.5, options);
    net.dispose();
    return notes.filter(({ subject }) => subject === 'rec/recurrent_kernel').map(({ message }) => message);
  };

  it('is not the recurrent kernel of a GRU, which a note tells', () => {
    expect(notesOf('gru')).to.deep.equal([
      "weight 'rec/recurrent_kernel' stays whole: it is cut into parts before it is multiplied by (name it in weights to prune it)",
    ]);
    expect(notesOf('lstm')[0]).to.include('32 of 64 are pruned');
  });

  it('is it where it is named; nothing is said where its layer is left out', () => {
    expect(notesOf('gru', { weights: ['rec/recurrent_kernel'] })[0]).to.include('24 of 48 are pruned');
    expect(notesOf('gru', { weights: ['rec/kernel'] })).to.deep.equal([]);
  });
});

describe('numbers that have no order', () => {
  it('are refused with what can be done about them', async () => {
    const values = Float32Array.of(1, NaN, 3, 4);
    const tensor = tf.tensor(values, [2, 2]);
    const bare = await expectCode('pruning/weight', () =>
      Promise.resolve().then(() => l1Unstructured(tensor, 0.5)),
    );
    expect(bare.message).to.match(/: tensor: .*got NaN at element 1\. Give a tensor of finite numbers\.$/);
    tensor.dispose();
    const weight = await expectCode('pruning/weight', () =>
      Promise.resolve().then(() => l1Unstructured(Weight.of(values, [2, 2]), 0.5)),
    );
    expect(weight.message).to.match(/: weight: .*Give a weight of finite numbers\.$/);
  });
});
