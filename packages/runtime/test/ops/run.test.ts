import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Random, toArtifacts } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, runStock, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { ints, runOp, vector } from '@tfjs-optimize/testing/integer';
import { opName, registerOps } from '../../src/index.js';
import { BACKENDS, useBackend } from '../support/backend.js';
import { INNER, smallNet } from '../support/small-net.js';

const image = (): tf.Tensor => {
  const random = Random.of(1).fork('image');
  return tf.tensor(
    Float32Array.from({ length: 2 * 12 * 12 * 3 }, () => 8 * random.uniform() - 4),
    [2, 12, 12, 3],
  );
};

/** FNV-1a over the values, each as one byte. */
function digest(values: readonly number[][]): string {
  let hash = 0x811c9dc5;
  for (const value of values.flat()) hash = Math.imul(hash ^ (value & 0xff), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

function innerValues(packed: boolean): Record<string, number[]> {
  registerOps();
  const graph = tf.loadGraphModelSync(toArtifacts(smallNet(packed)));
  const x = image();
  const tensors = graph.execute(x, [...INNER]) as tf.Tensor[];
  const values = Object.fromEntries(
    tensors.map((tensor, i) => [INNER[i] as string, Array.from(tensor.dataSync())]),
  );
  tf.dispose([x, tensors]);
  graph.dispose();
  return values;
}

const POOL = { ksize: [1, 1, 1, 1], strides: [1, 1, 1, 1] };

describe('running integer graphs', () => {
  for (const backend of BACKENDS) {
    describe(`on ${backend}`, () => {
      before(function () {
        return useBackend(backend, this);
      });

      it('every int8 value of a network of all ops has the bits that it has on every machine', () => {
        const values = innerValues(false);
        for (const [name, list] of Object.entries(values)) {
          expect(new Set(list).size, `values of ${name}`).to.be.above(4);
          expect(
            list.every((value) => Number.isInteger(value) && value >= -128 && value <= 127),
            name,
          ).to.equal(true);
        }
        expect(digest(Object.values(values))).to.equal('45255f46');
      });

      it('weights may stay packed: bytes in bool tensors', () => {
        expect(innerValues(true)).to.deep.equal(innerValues(false));
      });

      it('leaves no tensor behind, in ten runs and after the model is disposed of', async () => {
        const model = smallNet();
        await expectNoLeak(() => {
          const x = image();
          for (let i = 0; i < 10; i++) tf.dispose(model.run(x));
          x.dispose();
        });
        model.dispose();
      });

      it('refuses a gradient with a code and a way out', async () => {
        const model = smallNet();
        const x = image();
        const error = await expectCode('runtime/gradient', () => {
          const graph = tf.loadGraphModelSync(toArtifacts(model));
          try {
            tf.grad((input: tf.Tensor) => tf.sum(graph.execute(input) as tf.Tensor))(x);
          } finally {
            graph.dispose();
          }
        });
        expect(error.message).to.match(
          /^\w+: expected no gradient through it, got a training\. Train the float model/,
        );
        model.dispose();
        x.dispose();
      });
    });
  }

  it('on webgpu, whose values come later, core runs asynchronously, and says so where it should not', async () => {
    await tf.setBackend('cpu');
    // The arithmetic of cpu under that name.
    tf.copyRegisteredKernels('cpu', 'webgpu');
    tf.registerBackend('webgpu', () => tf.findBackendFactory('cpu')());
    const model = smallNet();
    const valuesOf = async (): Promise<number[]> => {
      const x = image();
      const [y] = (await model.runAsync(x)) as [tf.Tensor];
      const values = Array.from(await y.data());
      tf.dispose([x, y]);
      return values;
    };
    const expected = await valuesOf();
    await tf.setBackend('webgpu');
    await expectNoLeak(async () => expect(await valuesOf()).to.deep.equal(expected));
    await expectNoLeak(async () => {
      const x = image();
      const error = await expectCode('model/run', () => model.run(x));
      expect(error.message).to.contain('Please use model.executeAsync()');
      x.dispose();
    });
    model.dispose();
    await tf.setBackend('cpu');
    tf.removeBackend('webgpu');
  });

  it('says once for each backend that references run there', async () => {
    const { console } = globalThis;
    const { warn } = console;
    const said: string[] = [];
    console.warn = (text: string) => said.push(text);
    try {
      for (const name of ['one', 'another']) {
        tf.registerBackend(name, () => tf.findBackendFactory('cpu')());
        await tf.setBackend(name);
        for (let i = 0; i < 2; i++) {
          runOp('Requantize', [ints({ shape: [1], data: [5] })], { x_scale: 0.1, y_scale: 0.25 });
          runOp('MaxPool', [ints({ shape: [1, 1, 1, 1], data: [5] })], { ...POOL, padding: 'VALID' });
        }
      }
    } finally {
      console.warn = warn;
      await tf.setBackend('cpu');
      for (const name of ['one', 'another']) tf.removeBackend(name);
    }
    const told = said.filter((text) => text.startsWith('@tfjs-optimize/'));
    expect(told).to.have.length(2);
    expect(told[0]).to.contain('references run on one');
    expect(told[1]).to.contain('references run on another');
  });

  it('runs the kernel that another package registered under the same name', async () => {
    await tf.setBackend('cpu');
    const kernelName = opName('Table');
    const mine = tf.getKernel(kernelName, 'cpu');
    if (mine !== undefined) tf.unregisterKernel(kernelName, 'cpu');
    let given: unknown;
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }) => {
        given = { inputs: Object.keys(inputs), attrs };
        return tf.zeros([1], 'int32');
      },
    });
    const table = ints({ shape: [256], data: Array.from({ length: 256 }, () => 1) });
    expect(runOp('Table', [ints({ shape: [1], data: [5] }), table]).data).to.deep.equal([0]);
    expect(given).to.deep.equal({ inputs: ['x', 'table'], attrs: {} });
    tf.unregisterKernel(kernelName, 'cpu');
    expect(runOp('Table', [ints({ shape: [1], data: [5] }), table]).data).to.deep.equal([1]);
  });

  it('hands kernels every attribute, defaults included', async () => {
    await tf.setBackend('cpu');
    const kernelName = opName('MatMul');
    if (tf.getKernel(kernelName, 'cpu') !== undefined) tf.unregisterKernel(kernelName, 'cpu');
    let given: unknown;
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ attrs }) => {
        given = attrs;
        return tf.zeros([1], 'int32');
      },
    });
    const one = ints({ shape: [1, 1], data: [5] });
    runOp('MatMul', [one, one, vector([0.5])], { x_scale: 0.1, y_scale: 0.25 });
    tf.unregisterKernel(kernelName, 'cpu');
    expect(given).to.deep.equal({
      x_scale: Math.fround(0.1),
      x_zero_point: 0,
      y_scale: 0.25,
      y_zero_point: 0,
      clamp_min: -128,
      clamp_max: 127,
    });
  });

  it('stock TensorFlow.js without this package fails and says its name', () =>
    withTempFolder(async (folder) => {
      const saved = path.join(folder, 'model');
      await smallNet().save(saved);
      const run = runStock({
        model: path.join(saved, 'model.json'),
        runs: [[{ dtype: 'float32', shape: [1, 12, 12, 3], data: new Float32Array(432) }]],
      });
      const error = await run.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(String(error)).to.match(/@tfjs-optimize\/runtime\./);
    }));
});
