import * as tf from '@tensorflow/tfjs';
import { isOptimizeError, traceFunction, traceLayersModel, type ErrorCode } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { REFUSED } from '../../src/trace/kernels/refused.js';
import { KERNELS } from '../../src/trace/kernels/table.js';
import { normal, useBackend } from './support.js';

const x = (): tf.Tensor => normal([3, 4], 1);

/** Fails unless work throws with the code and all the words; nothing may be left behind. */
function expectRefused(work: () => unknown, code: ErrorCode, ...words: string[]): void {
  const before = tf.memory().numTensors;
  let caught: unknown;
  try {
    work();
  } catch (error) {
    caught = error;
  }
  if (!isOptimizeError(caught)) expect.fail(`not refused: ${String(caught)}`);
  expect(caught.code).to.equal(code);
  for (const word of words) expect(caught.message).to.contain(word);
  expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
}

class Peeking extends tf.layers.Layer {
  static readonly className = 'TraceTestPeeking';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = Array.isArray(inputs) ? inputs : [inputs];
    return (tf.max(input as tf.Tensor).dataSync()[0] as number) > 0
      ? tf.relu(input as tf.Tensor)
      : tf.neg(input as tf.Tensor);
  }
}

describe('trace: what a graph cannot express is refused by name', () => {
  let sample: tf.Tensor;
  before(async () => {
    await useBackend('cpu');
    sample = x();
  });

  it('values read back to JavaScript, in any way', () => {
    const reads: ((a: tf.Tensor) => unknown)[] = [
      (a) => tf.relu(a).dataSync(),
      (a) => tf.relu(a).arraySync(),
      (a) => tf.relu(a).bufferSync(),
      (a) => a.toString(true),
    ];
    for (const read of reads) {
      const fn = function looking(a: tf.Tensor): tf.Tensor {
        read(a);
        return a;
      };
      expectRefused(() => traceFunction(fn, sample), 'trace/data-dependent', 'read of values', 'dataSync');
    }
  });

  it('says whose values were read', () => {
    const looking = (a: tf.Tensor): tf.Tensor => tf.mul(a, tf.max(tf.relu(a)).dataSync()[0] as number);
    expectRefused(() => traceFunction(looking, sample), 'trace/data-dependent', 'the result of Max');
    const atOnce = (a: tf.Tensor): tf.Tensor => tf.mul(a, a.dataSync()[0] as number);
    expectRefused(() => traceFunction(atOnce, sample), 'trace/data-dependent', 'values of an input');
  });

  it('a layer that looks at values, named with the models around it', () => {
    const model = tf.sequential({ layers: [new Peeking({ name: 'peek', inputShape: [4] })] });
    const outer = tf.input({ shape: [4] });
    const nested = tf.model({ inputs: outer, outputs: model.apply(outer) as tf.SymbolicTensor });
    expectRefused(() => traceLayersModel(nested), 'trace/data-dependent', `layer '${model.name}/peek'`);
  });

  it('reads of values that do not depend on inputs are fine', () => {
    const model = traceFunction((a) => tf.mul(a, tf.sum(tf.range(0, 4, 1)).dataSync()[0] as number), sample);
    expect(model.graph.size).to.equal(3);
  });

  it('an asynchronous function', () => {
    const fn = (async (a: tf.Tensor) => tf.mul(a, (await a.data())[0] as number)) as unknown as (
      a: tf.Tensor,
    ) => tf.Tensor;
    expectRefused(() => traceFunction(fn, sample), 'trace/data-dependent', 'promise');
  });

  it('random numbers', () => {
    expectRefused(
      () => traceFunction((a) => tf.add(a, tf.randomNormal([4])), sample),
      'trace/random',
      'a tensor of JavaScript numbers',
    );
    expectRefused(
      () => traceFunction((a) => tf.add(a, tf.neg(tf.randomNormal([4]))), sample),
      'trace/random',
    );
    expectRefused(() => traceFunction((a) => tf.dropout(a, 0.5), sample), 'trace/random');
    expectRefused(
      () => traceFunction((a) => tf.multinomial(a as tf.Tensor2D, 2), sample),
      'trace/random',
      'Multinomial',
    );
    expectRefused(() => traceFunction((a) => tf.mul(a, Math.random()), sample), 'trace/random');
    expectRefused(
      () => traceFunction((a) => tf.leakyRelu(a, Math.random()), sample),
      'trace/random',
      'LeakyRelu',
    );
    let calls = 0;
    expectRefused(
      () => traceFunction((a) => (calls++ % 2 === 0 ? tf.relu(a) : tf.neg(a)), sample),
      'trace/random',
    );
  });

  it('random numbers of a seed are constants', () => {
    const model = traceFunction((a) => tf.add(a, tf.randomNormal([4], 0, 1, 'float32', 3)), sample);
    expect(model.weights.size).to.equal(1);
  });

  it('constants that depend on sizes in an unknown way', () => {
    const fn = (a: tf.Tensor): tf.Tensor => tf.mul(a, Math.sqrt(a.shape[0]));
    expectRefused(
      () => traceFunction(fn, sample, { dynamic: { 0: [0] } }),
      'trace/shape',
      'made in JavaScript',
    );
  });

  it('loops over an unknown dimension', () => {
    const fn = (a: tf.Tensor): tf.Tensor => {
      let sum = tf.zeros([4]);
      for (let i = 0; i < a.shape[0]; i++) sum = tf.relu(tf.add(sum, tf.gather(a, i)));
      return sum;
    };
    expectRefused(
      () => traceFunction(fn, sample, { dynamic: { 0: [0] } }),
      'trace/shape',
      'same calls',
      'fixed size',
    );
  });

  it('a branch on a size that the sample takes the other way', () => {
    const fn = (a: tf.Tensor): tf.Tensor => (a.shape[0] > 3 ? tf.relu(a) : tf.neg(a));
    expectRefused(() => traceFunction(fn, sample, { dynamic: { 0: [0] } }), 'trace/shape', 'Relu', '[3,4]');
    expect(traceFunction(fn, normal([4, 4], 1), { dynamic: { 0: [0] } }).graph.size).to.equal(2);
    expect(traceFunction(fn, sample).graph.size, 'of a fixed size').to.equal(2);
  });

  it('a size that stops growing, or begins to, between those of the plan and the sample', () => {
    const head = (a: tf.Tensor): tf.Tensor => tf.slice(a, [0, 0], [Math.min(a.shape[0], 4), 4]);
    expectRefused(() => traceFunction(head, sample, { dynamic: { 0: [0] } }), 'trace/shape', '4, 4, 4, 3');
    const long = normal([600, 2], 1);
    const cut = (a: tf.Tensor): tf.Tensor => tf.slice(a, [0, 0], [Math.min(a.shape[0], 512), 2]);
    expectRefused(() => traceFunction(cut, long, { dynamic: { 0: [0] } }), 'trace/shape', '512');
    long.dispose();
  });

  it('numbers that depend on sizes where the graph wants constants', () => {
    const fn = (a: tf.Tensor): tf.Tensor => tf.leakyRelu(a, 1 / a.shape[0]);
    expectRefused(
      () => traceFunction(fn, sample, { dynamic: { 0: [0] } }),
      'trace/shape',
      "'alpha'",
      'LeakyRelu',
    );
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
