import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder } from '../src/graph/builder.js';
import { INT8_PORTS_KEY, int8Ports } from '../src/int8-ports.js';
import type { Model } from '../src/model.js';

/** y = relu(x · w), with x itself and the constant w handed out too. */
function smallModel(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 2]);
  const w = b.constant('w', Float32Array.of(1, -1, 2, -2), [2, 2]);
  const y = b.op(
    'Relu',
    [b.op('MatMul', [x, w], { transpose_a: false, transpose_b: false })],
    {},
    { name: 'y' },
  );
  b.output(y);
  b.output(x, 'same');
  b.output(w, 'weight');
  return b.build();
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing thrown';
}

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}

describe('Model.run', () => {
  before(() => tf.setBackend('cpu'));

  it('tells how floats become the int8 values that an input takes, and a cast where it takes others', async () => {
    const b = new GraphBuilder();
    b.output(b.op('Relu', [b.input('x', [-1, 2], 'int32')], {}, { name: 'y' }));
    const plain = b.build();
    const ports = { inputs: { x: { scale: 0.5, zeroPoint: -3 } }, outputs: {} };
    const model = plain.with({ extras: { userDefinedMetadata: { [INT8_PORTS_KEY]: ports } } });
    const x = tf.tensor2d([[0.25, -1e9]]);
    expect(await messageOf(() => plain.run(x))).to.include("Convert it with .cast('int32')");
    const told = await messageOf(() => model.run(x));
    expect(told).to.include("convert it with .div(0.5).round().add(-3).clipByValue(-128, 127).cast('int32')");
    const whole = tf.tidy(() => x.div(0.5).round().add(-3).clipByValue(-128, 127).cast('int32'));
    const [y] = model.run(whole) as [tf.Tensor];
    expect([...y.dataSync()]).to.deep.equal([0, 0]);
    expect([...whole.dataSync()]).to.deep.equal([-3, -128]);
    expect([...int8Ports(model).inputs]).to.deep.equal([['x', { scale: 0.5, zeroPoint: -3 }]]);
    tf.dispose([x, whole, y]);
    model.dispose();
  });

  it('takes no damaged scale of an int8 port for one', () => {
    for (const port of [
      null,
      {},
      { scale: 0, zeroPoint: 0 },
      { scale: '1', zeroPoint: 0 },
      { scale: 1, zeroPoint: 0.5 },
      { scale: 1, zeroPoint: 200 },
    ]) {
      const metadata = { [INT8_PORTS_KEY]: { inputs: { x: port } } };
      const { inputs, outputs } = int8Ports({ extras: { userDefinedMetadata: metadata } });
      expect([inputs.size, outputs.size]).to.deep.equal([0, 0]);
    }
    expect(int8Ports({ extras: {} }).inputs.size).to.equal(0);
  });

  for (const [op, attrs, advice] of [
    ['TfjsOptimizeFakeQuant', { qmin: -128, qmax: 127 }, 'registerFakeQuant()'],
    ['TfjsOptimizeGelu', {}, 'Import @tfjs-optimize/wasm first'],
  ] as const) {
    it(`tells which package has ${op} where TensorFlow.js does not know it`, async () => {
      const b = new GraphBuilder();
      b.output(b.op(op, [b.input('x', [-1, 2])], attrs, { name: 'y' }));
      const x = tf.tensor2d([[1, 1]]);
      expect(await codeOf(() => b.build().run(x))).to.equal('model/run');
      expect(await messageOf(() => b.build().run(x))).to.include(advice);
      x.dispose();
    });
  }

  it('gives outputs in signature order that the caller owns', () => {
    const model = smallModel();
    const x = tf.tensor2d([[1, 1]]);
    const before = tf.memory().numTensors;
    const first = model.run(x);
    const held = tf.memory().numTensors - before - first.length;
    expect(first.map((tensor) => [...tensor.dataSync()])).to.deep.equal([
      [3, 0],
      [1, 1],
      [1, -1, 2, -2],
    ]);
    tf.dispose(first);
    expect(x.isDisposed).to.equal(false);
    const second = model.run({ x });
    expect([...(second[2] as tf.Tensor).dataSync()]).to.deep.equal([1, -1, 2, -2]);
    tf.dispose(second);
    expect(tf.memory().numTensors - before).to.equal(held);
    model.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    x.dispose();
  });

  it('keeps its weights when first run inside a tidy', () => {
    const model = smallModel();
    const x = tf.tensor2d([[1, 1]]);
    tf.tidy(() => void model.run(x));
    expect([...(tf.tidy(() => (model.run(x)[0] as tf.Tensor).dataSync()) as Float32Array)]).to.deep.equal([
      3, 0,
    ]);
    model.dispose();
    x.dispose();
  });

  it('refuses inputs that do not fit before any work', async () => {
    const model = smallModel();
    const before = tf.memory().numTensors;
    const wrong = [tf.tensor1d([1, 2]), tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[1, 2]], [1, 2], 'int32')];
    for (const x of wrong) expect(await codeOf(() => model.run(x))).to.equal('model/input');
    expect(await codeOf(() => model.run([]))).to.equal('model/input');
    expect(await codeOf(() => model.run({ z: wrong[0] as tf.Tensor }))).to.equal('model/input');
    for (const none of [undefined, null, 3])
      expect(await codeOf(() => model.run(none as unknown as tf.Tensor))).to.equal('model/input');
    tf.dispose(wrong);
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('runs again after dispose', () => {
    const model = smallModel();
    const x = tf.tensor2d([[1, 1]]);
    tf.dispose(model.run(x));
    model.dispose();
    expect([...(tf.tidy(() => (model.run(x)[0] as tf.Tensor).dataSync()) as Float32Array)]).to.deep.equal([
      3, 0,
    ]);
    model.dispose();
    x.dispose();
  });
});
