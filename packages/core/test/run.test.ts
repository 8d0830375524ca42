import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder } from '../src/graph/builder.js';
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

describe('Model.run', () => {
  before(() => tf.setBackend('cpu'));

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
