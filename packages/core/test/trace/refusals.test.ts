import * as tf from '@tensorflow/tfjs';
import { traceFunction, traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { REFUSED } from '../../src/trace/kernels/refused.js';
import { KERNELS } from '../../src/trace/kernels/table.js';
import { expectRefused, normal, useBackend } from './support.js';

const x = (): tf.Tensor => normal([3, 4], 1);

describe('trace: what a graph cannot express is refused by name', () => {
  let sample: tf.Tensor;
  before(async () => {
    await useBackend('cpu');
    sample = x();
  });

  it('gradients', () => {
    expectRefused(
      () => traceFunction((a) => tf.grad((b) => tf.sum(tf.square(b)))(a), sample),
      'trace/unsupported',
      'tf.grad',
    );
  });

  it('variables that are assigned', () => {
    const v = tf.variable(tf.scalar(1), true, 'trace-test/assigned');
    expectRefused(
      () => traceFunction((a) => (v.assign(tf.sum(a)), a), sample),
      'trace/unsupported',
      'trace-test/assigned',
    );
    expect(v.dataSync()[0], 'the variable is unharmed').to.equal(1);
    v.dispose();
  });

  it('results whose size depends on values', () => {
    expectRefused(
      () => traceFunction((a) => tf.unique(tf.reshape(a, [-1])).values, sample),
      'trace/data-dependent',
      'Unique',
    );
    const boxes = (a: tf.Tensor): tf.Tensor =>
      tf.image.nonMaxSuppression(a as tf.Tensor2D, tf.sum<tf.Tensor1D>(a, 1), 2);
    expectRefused(() => traceFunction(boxes, sample), 'trace/data-dependent', 'NonMaxSuppressionV3');
  });

  it('convolutions that the graph format cannot describe', () => {
    const image = normal([1, 6, 6, 2], 1);
    const filter = normal([3, 3, 2, 2], 2) as tf.Tensor4D;
    const ceil = (a: tf.Tensor): tf.Tensor => tf.conv2d(a as tf.Tensor4D, filter, 2, 0, 'NHWC', 1, 'ceil');
    expectRefused(() => traceFunction(ceil, image), 'trace/unsupported', "dimRoundingMode 'ceil'");
    const average = (a: tf.Tensor): tf.Tensor => tf.avgPool(a as tf.Tensor4D, 2, 1, 1);
    expectRefused(() => traceFunction(average, image), 'trace/unsupported', 'average pooling');
  });

  it('what the traced code throws itself, with that error as the cause', () => {
    const fn = (a: tf.Tensor): tf.Tensor => tf.matMul(a, a);
    expectRefused(() => traceFunction(fn, sample), 'trace/shape', '[3,4]', 'inner shapes');
  });

  it('wrong arguments', () => {
    expectRefused(
      () => traceFunction((a) => tf.relu(a), sample, { dynamic: { 1: [0] } }),
      'argument/invalid',
      "dynamic['1']",
    );
    expectRefused(
      () => traceFunction((a) => tf.relu(a), sample, { dynamic: { 0: [2] } }),
      'argument/invalid',
      'rank 2',
    );
    expectRefused(() => traceFunction(() => 3 as unknown as tf.Tensor, sample), 'argument/invalid', 'return');
    expectRefused(() => traceLayersModel(tf.sequential()), 'argument/invalid', 'inputShape');
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3], name: 'd' })] });
    model.build();
    expectRefused(
      () => traceLayersModel(model, { inputShapes: { other: [null, 3] } }),
      'argument/invalid',
      "'other'",
    );
    expectRefused(
      () => traceLayersModel(model, { inputShapes: { d_input: [null, 4] } }),
      'argument/invalid',
      '[?,3]',
    );
  });

  it('every kernel of TensorFlow.js is either traced or refused with a reason', () => {
    const registered = new Set(tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName));
    const unknown = [...registered].filter((name) => !(name in KERNELS) && !(name in REFUSED));
    expect(unknown).to.deep.equal([]);
  });
});
