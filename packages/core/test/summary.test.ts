import * as tf from '@tensorflow/tfjs';
import { annotate, traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';

function model(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        inputShape: [8, 8, 1],
        activation: 'relu',
        name: 'conv',
      }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ units: 10, activation: 'sigmoid', name: 'top' }),
    ],
  });
}

describe('Model.summary', () => {
  before(() => tf.setBackend('cpu'));

  it('shows ports, sizes, ops and layers without running the model', () => {
    const traced = traceLayersModel(model());
    const text = traced.summary();
    expect(text).to.match(/^layers-model, \d+ nodes\ninputs {3}conv_input float32 \[\?, 8, 8, 1\]\n/);
    // 3 × 3 × 4 + 4 and 6 × 6 × 4 × 10 + 10.
    expect(text).to.include('weights  1.49 K parameters, ');
    expect(text).to.match(/^_FusedConv2D +1 +40$/m);
    expect(text).to.match(/^top +Reshape, MatMul, BiasAdd, \.\.\. +1.45 K$/m);
    expect(text).not.to.include('FLOPs');
  });

  it('counts arithmetic and shows sizes of outputs where a run told the shapes', async () => {
    const traced = traceLayersModel(model());
    const x = tf.zeros([1, 8, 8, 1]);
    const text = traced.summary({ annotations: await annotate(traced, x) });
    x.dispose();
    traced.dispose();
    // 144 outputs of 9 products each and 10 of 144; bias and activation add 2 × 144 to the convolution.
    expect(text).to.include(' 2.74 K multiply-accumulates');
    expect(text).to.match(/^conv +_FusedConv2D +\[1, 6, 6, 4\] +40 +2.88 K$/m);
    expect(text).to.match(/^_FusedConv2D +1 +40 +2.88 K$/m);
    for (const line of text.split('\n')) expect(line).to.equal(line.trimEnd());
  });
});
