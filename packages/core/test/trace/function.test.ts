import * as tf from '@tensorflow/tfjs';
import { traceFunction, type Model } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { expectSame, normal, runStock, useBackend } from './support.js';

const ports = (model: Model): string[][] => [
  model.signature.inputs.map(({ key }) => key),
  model.signature.outputs.map(({ key }) => key),
];

describe('trace: functions over tensors', () => {
  before(() => useBackend('cpu'));

  it('takes one tensor, several arguments, or tensors by name', () => {
    const x = normal([2, 3], 1);
    expect(ports(traceFunction((a) => tf.relu(a), x))).to.deep.equal([['input'], ['output']]);
    const two = traceFunction((a, b) => [tf.add(a, b), tf.mul(a, b)], [x, x] as const);
    expect(ports(two)).to.deep.equal([
      ['input_0', 'input_1'],
      ['output_0', 'output_1'],
    ]);
    const byName = traceFunction(({ left, right }) => ({ sum: tf.add(left, right) }), { left: x, right: x });
    expect(ports(byName)).to.deep.equal([['left', 'right'], ['sum']]);
    const named = traceFunction((a) => tf.relu(a), x, { inputNames: ['x'], outputNames: ['y'] });
    expect(ports(named)).to.deep.equal([['x'], ['y']]);
  });

  it('takes shapes instead of samples, null for unknown sizes', async () => {
    const model = traceFunction((a) => tf.sum(a, 1), { shape: [null, 3], dtype: 'int32' });
    expect(model.signature.inputs[0]).to.deep.include({ dtype: 'int32', shape: [-1, 3] });
    const x = tf.tensor2d([1, 2, 3], [1, 3], 'int32');
    const [y] = await runStock(model, [x]);
    expectSame(y as tf.Tensor, tf.tensor1d([6], 'int32'), 'output');
  });

  it('keeps sample sizes that are not named dynamic', () => {
    const model = traceFunction((a) => tf.relu(a), normal([4, 5], 1), { dynamic: { 0: [0] } });
    expect(model.signature.inputs[0]?.shape).to.deep.equal([-1, 5]);
    expect(model.signature.outputs[0]?.shape).to.deep.equal([-1, 5]);
  });

  it('makes weights of variables, named as they are, and constants of captured tensors', async () => {
    const w = tf.variable(normal([3, 2], 1), true, 'trace-test/w');
    const b = normal([2], 2);
    const model = traceFunction(
      (a) => tf.add(tf.matMul(a as tf.Tensor2D, w as tf.Tensor2D), b),
      normal([4, 3], 3),
    );
    expect([...model.weights.names()]).to.deep.equal(['trace-test/w', 'Const']);
    const x = normal([4, 3], 5);
    const [y] = await runStock(model, [x]);
    expectSame(y as tf.Tensor, tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b), 'output');
    w.dispose();
  });

  it('gives an output that is an input, a constant or given twice a node of its own', async () => {
    const x = normal([2, 3], 1);
    const model = traceFunction((a) => [a, tf.zeros([2]), a, tf.reshape(a, [-1])], x);
    const values = model.signature.outputs.map(({ value }) => value);
    expect(new Set(values).size).to.equal(4);
    const outputs = await runStock(model, [x]);
    [x, tf.zeros([2]), x, tf.reshape(x, [6])].forEach((tensor, i) => {
      expectSame(outputs[i] as tf.Tensor, tensor, `output ${i}`);
    });
  });

  it('keeps unknown sizes of different inputs apart', async () => {
    const similarity = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const grid = tf.mul(tf.expandDims(a, 1), tf.expandDims(b, 0));
      return tf.reshape(grid, [a.shape[0] * b.shape[0], a.shape[1] as number]);
    };
    const model = traceFunction(similarity, [normal([2, 3], 1), normal([4, 3], 2)] as const, {
      dynamic: { 0: [0], 1: [0] },
    });
    const inputs = [normal([5, 3], 1), normal([7, 3], 2)] as const;
    const [y] = await runStock(model, inputs);
    expectSame(y as tf.Tensor, similarity(...inputs), 'output');
  });

  it('ties unknown sizes only where the function needs them equal', async () => {
    const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor =>
      tf.concat([tf.reshape(tf.add(a, b), [-1]), tf.fill([c.shape[0]], 3)]);
    const samples = [normal([4], 1), normal([4], 2), normal([4], 3)] as const;
    const model = traceFunction(f, samples, { dynamic: { 0: [0], 1: [0], 2: [0] } });
    const inputs = [normal([6], 1), normal([6], 2), normal([2], 3)] as const;
    const [y] = await runStock(model, inputs);
    expectSame(y as tf.Tensor, f(...inputs), 'output');
  });

  it('computes sizes by adding, halving and multiplying', async () => {
    const f = (a: tf.Tensor): tf.Tensor[] => {
      const n = a.shape[0];
      return [
        tf.fill([Math.floor(n / 2), 2], 1),
        tf.fill([Math.ceil(n / 3)], 1),
        tf.fill([2 * n + 1], 1),
        tf.fill([n * n], 1),
        tf.slice(a, [Math.floor(n / 2)], [1]),
        tf.slice(a, [n - 2], [2]),
      ];
    };
    const model = traceFunction(f, normal([8], 1), { dynamic: { 0: [0] } });
    for (const n of [4, 7, 12]) {
      const x = normal([n], n);
      const outputs = await runStock(model, [x]);
      f(x).forEach((tensor, i) => expectSame(outputs[i] as tf.Tensor, tensor, `output ${i} at size ${n}`));
    }
  });

  it('folds what follows from numbers alone', () => {
    const angles = (a: tf.Tensor): tf.Tensor => tf.add(a, tf.sin(tf.mul(tf.range(0, 3, 1), 0.5)));
    const model = traceFunction(angles, normal([2, 3], 1), { dynamic: { 0: [0] } });
    expect([...model.graph].map(({ op }) => op).sort()).to.deep.equal(['AddV2', 'Const', 'Placeholder']);
  });

  it('computes in the graph what follows from sizes', async () => {
    const positions = (a: tf.Tensor): tf.Tensor => tf.add(a, tf.sin(tf.mul(tf.range(0, a.shape[0], 1), 0.5)));
    const model = traceFunction(positions, normal([3], 1), { dynamic: { 0: [0] } });
    const x = normal([11], 2);
    const [y] = await runStock(model, [x]);
    expectSame(y as tf.Tensor, positions(x), 'output');
  });

  it('takes strings', async () => {
    const bucket = (a: tf.Tensor): tf.Tensor =>
      tf.string.stringToHashBucketFast(tf.string.staticRegexReplace(a, '[0-9]+', '#'), 100);
    const words = tf.tensor1d(['route 66', 'b']);
    const model = traceFunction(bucket, words, { dynamic: { 0: [0] } });
    const [y] = await runStock(model, [words]);
    expectSame(y as tf.Tensor, bucket(words), 'output');
  });

  it('leaves out what no output needs', () => {
    const model = traceFunction(
      (a) => {
        tf.exp(a);
        return tf.relu(a);
      },
      normal([2], 1),
    );
    expect([...model.graph].map(({ op }) => op)).to.deep.equal(['Placeholder', 'Relu']);
  });
});
