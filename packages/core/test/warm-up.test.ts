import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, type Model } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';

function neg(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): Model {
  const b = new GraphBuilder();
  const x = b.input('x', shape, dtype);
  b.output(b.op('Neg', [x], {}, { name: 'y' }));
  return b.build();
}

describe('Model.warmUp', () => {
  before(() => tf.setBackend('cpu'));

  it('uploads the weights and leaves nothing else behind', async () => {
    const b = new GraphBuilder();
    const w = b.constant('w', Float32Array.of(1, 2), [2]);
    b.output(b.op('Add', [b.input('x', [-1, 2]), w], {}, { name: 'y' }));
    const model = b.build();
    const before = tf.memory().numTensors;
    await model.warmUp(3);
    expect(tf.memory().numTensors - before, 'the weight').to.equal(1);
    model.dispose();
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('makes inputs of the right type, and takes given ones', async () => {
    await neg([-1, -1], 'int32').warmUp();
    const x = tf.ones([2, 2]);
    await neg([2, 2]).warmUp({ inputs: x, runs: 2 });
    expect(x.isDisposed).to.equal(false);
    await expectCode('model/input', () => neg([3, 2]).warmUp({ inputs: x }));
    x.dispose();
  });

  it('refuses a number of runs that is none, and stops when told to', async () => {
    for (const runs of [0, -1, 1.5, NaN]) await expectCode('argument/invalid', () => neg([1]).warmUp(runs));
    await expectCode('aborted', () => neg([1]).warmUp({ signal: AbortSignal.abort() }));
  });

  it('asks for inputs where the rank is not known', async () => {
    const model = neg([1]);
    const [port] = model.signature.inputs;
    if (port === undefined) throw new Error('no input');
    const anyRank = model.with({
      signature: { ...model.signature, inputs: [{ ...port, shape: undefined }] },
    });
    await expectCode('argument/invalid', () => anyRank.warmUp());
  });
});
