import * as tf from '@tensorflow/tfjs';
import { traceFunction, traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { expectSame, normal, runStock, useBackend } from './support.js';

const METHODS = ['runKernel', 'makeTensor', 'readSync', 'read', 'disposeTensor'] as const;

describe('trace: recording leaves TensorFlow.js as it was', () => {
  before(() => useBackend('cpu'));

  const ownMethods = (): string[] => METHODS.filter((name) => Object.hasOwn(tf.engine(), name));

  it('after success and after an error', () => {
    const apply = tf.layers.Layer.prototype.apply;
    const sample = normal([2, 2], 1);
    traceFunction((a) => tf.relu(a), sample);
    expect(() =>
      traceFunction(() => {
        throw new Error('broken');
      }, sample),
    ).to.throw('broken');
    expect(ownMethods()).to.deep.equal([]);
    expect(tf.layers.Layer.prototype.apply).to.equal(apply);
    expect(tf.relu(sample).dataSync()).to.have.length(4);
  });

  it('and keeps methods that someone else has put there', () => {
    const engine = tf.engine();
    const { runKernel } = engine;
    let seen = 0;
    const watching: typeof engine.runKernel = (name, inputs, attrs) => {
      seen++;
      return runKernel.call(engine, name, inputs, attrs) as never;
    };
    engine.runKernel = watching;
    try {
      traceFunction((a) => tf.relu(a), normal([2], 1));
      expect(engine.runKernel).to.equal(watching);
      tf.neg(1).dispose();
      expect(seen).to.be.greaterThan(0);
    } finally {
      delete (engine as Partial<typeof engine>).runKernel;
    }
  });

  it('even when one trace runs inside another', async () => {
    const sample = normal([2, 2], 1);
    let inner = '';
    const model = traceFunction((a) => {
      const b = tf.relu(a);
      inner = [...traceFunction((c) => tf.exp(c), { shape: [3] }).graph].map(({ op }) => op).join(' ');
      return tf.neg(b);
    }, sample);
    expect(inner).to.equal('Placeholder Exp');
    expect([...model.graph].map(({ op }) => op)).to.deep.equal(['Placeholder', 'Relu', 'Neg']);
    const [y] = await runStock(model, [sample]);
    expectSame(y as tf.Tensor, tf.neg(tf.relu(sample)), 'output');
  });

  it('frees what the traced function keeps', () => {
    const sample = normal([2, 2], 1);
    const before = tf.memory();
    traceFunction((a) => tf.keep(tf.relu(a)), sample);
    const after = tf.memory();
    expect([after.numTensors, after.numBytes, after.numDataBuffers]).to.deep.equal([
      before.numTensors,
      before.numBytes,
      before.numDataBuffers,
    ]);
  });

  it('keeps what a layer makes once and uses again', async () => {
    let table: tf.Tensor | undefined;
    const fn = (a: tf.Tensor): tf.Tensor => {
      table ??= tf.keep(tf.tensor1d([1, 2]));
      return tf.mul(a, table);
    };
    const sample = normal([3, 2], 1);
    const model = traceFunction(fn, sample);
    expect(table?.isDisposed).to.equal(false);
    const [y] = await runStock(model, [sample]);
    expectSame(y as tf.Tensor, fn(sample), 'output');
    table?.dispose();
  });

  it('does not tape anything, and does not disturb a gradient around it', () => {
    const sample = tf.tensor1d([1, 2, 3]);
    const gradient = tf.grad((a) => {
      traceFunction((b) => tf.exp(b), { shape: [2] });
      return tf.sum(tf.square(a));
    })(sample);
    expect([...gradient.dataSync()]).to.deep.equal([2, 4, 6]);
  });

  it('works where the backend lacks a kernel', async () => {
    await useBackend('wasm');
    const model = traceFunction((a) => tf.real(tf.fft(tf.complex(a, tf.zerosLike(a)))), normal([2, 4], 1));
    expect([...model.graph].map(({ op }) => op)).to.include('FFT');
    await useBackend('cpu');
  });

  it('runs no arithmetic on values that depend on the inputs', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 1000, inputShape: [20_000], useBias: false, kernelInitializer: 'zeros' }),
      ],
    });
    const start = performance.now();
    traceLayersModel(model);
    // The weights are 80 MB: a copy takes milliseconds; products for batches of 5, 5, 5, 8 and 9 on cpu, a minute.
    expect(performance.now() - start).to.be.lessThan(5000);
    model.dispose();
  });
});
