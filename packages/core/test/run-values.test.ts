import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, asyncNodeOf, backend, executorOf, loadModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, needShared } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** inner = -x; the output named `inner` in the signature is its square. */
function clashing(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1]);
  const inner = b.op('Neg', [x], {}, { name: 'inner' });
  b.output(b.op('Square', [inner], {}, { name: 'y' }), 'inner');
  return b.build();
}

/** The places where x is not 0: how many is known only at run time. */
function places(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1]);
  const zero = b.constant('zero', Float32Array.of(0), []);
  const found = b.op('Where', [b.op('NotEqual', [x, zero])], {}, { name: 'where' });
  b.output(found, 'places');
  return b.build();
}

const listOf = (tensors: readonly tf.Tensor[]): number[][] => tensors.map((tensor) => [...tensor.dataSync()]);

describe('executorOf', () => {
  before(() => tf.setBackend('cpu'));

  it('gives any values of the graph in the order asked for, one asked for twice as two tensors', () => {
    const model = clashing();
    const x = tf.tensor1d([3]);
    const values = executorOf(model).execute(x, ['y', 'inner', 'x', 'y']);
    expect(listOf(values)).to.deep.equal([[9], [-3], [3], [9]]);
    tf.dispose(values);
    expect(x.isDisposed).to.equal(false);
    expect(listOf(tf.tidy(() => model.run({ x })))).to.deep.equal([[9]]);
    model.dispose();
    x.dispose();
  });

  it('refuses values that the graph does not hold', async () => {
    const x = tf.tensor1d([3]);
    await expectCode('graph/output', () => executorOf(clashing()).execute(x, ['y', 'z']));
    x.dispose();
  });

  it('names what TensorFlow.js said where it cannot run a model, and keeps the cause', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    b.output(b.op('NoSuchOp', [x], {}, { name: 'y' }));
    const given = tf.tensor1d([3]);
    await expectNoLeak(async () => {
      const error = await expectCode('model/run', () => b.build().run(given));
      expect(error.message).to.include('NoSuchOp');
      expect(error.cause).to.be.instanceOf(Error);
    });
    given.dispose();
  });
});

describe('messages of Model.run', () => {
  before(() => tf.setBackend('cpu'));

  const model = clashing();
  const messageOf = async (inputs: Parameters<Model['run']>[0]): Promise<string> =>
    (await expectCode('model/input', () => model.run(inputs))).message;

  it('name the input, what it takes, what it got and what to do', async () => {
    const [matrix, whole] = [tf.zeros([2, 2]), tf.zeros([2], 'int32')];
    expect(await messageOf(matrix)).to.equal(
      "input 'x': expected a tensor of [-1] float32, got [2,2] float32. -1 stands for any size.",
    );
    expect(await messageOf(whole)).to.match(/got \[2\] int32\. .*cast\('float32'\)/);
    expect(await messageOf([matrix, whole])).to.match(/^inputs: expected 1 .*'x' \[-1\] float32.*, got 2/);
    expect(await messageOf({ y: matrix })).to.match(/^inputs: expected .*'x'.*, got 'y'/);
    tf.dispose([matrix, whole]);
  });
});

describe('Model.runAsync', () => {
  before(() => tf.setBackend('cpu'));

  it('runs what run refuses with the advice to use it, and holds nothing but the outputs', async () => {
    const model = places();
    expect(asyncNodeOf(model.graph)?.name).to.equal('where');
    const x = tf.tensor1d([0, 5, 0, 7]);
    const error = await expectCode('argument/invalid', () => model.run(x));
    expect(error.message).to.match(/'where' \(Where\)\. Use await model\.runAsync\(inputs\)\.$/);
    await expectNoLeak(async () => {
      const outputs = await model.runAsync(x);
      expect(listOf(outputs)).to.deep.equal([[1, 3]]);
      tf.dispose(outputs);
    });
    model.dispose();
    x.dispose();
  });

  it('runs models without control flow, too', async () => {
    const model = clashing();
    const x = tf.tensor1d([2]);
    const outputs = await model.runAsync([x]);
    expect(listOf(outputs)).to.deep.equal([[4]]);
    tf.dispose(outputs);
    await expectCode('model/input', () => model.runAsync([x, x]));
    model.dispose();
    x.dispose();
  });
});

describe('Model.runAsync on a detector with loops', function () {
  this.timeout(120_000);
  let model: Model;

  before(async function () {
    const folder = needShared(this, 'data', 'models', 'handtrack-ssd320-uint8-graph');
    await backend.use('wasm');
    model = await loadModel(folder);
  });

  it('holds its outputs alone, and one set of weights however often it runs', async () => {
    const image = tf.zeros([1, 64, 64, 3], 'int32');
    await model.warmUp({ inputs: [image] });
    const before = tf.memory();
    const outputs = await model.runAsync(image);
    expect(tf.memory().numTensors - before.numTensors).to.equal(outputs.length);
    tf.dispose(outputs);
    expect(tf.memory().numBytes).to.equal(before.numBytes);
    model.dispose();
    image.dispose();
  });
});
