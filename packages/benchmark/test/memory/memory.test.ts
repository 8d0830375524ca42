import * as tf from '@tensorflow/tfjs';
import { backend, GraphBuilder, saveModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import * as v from 'valibot';
import { measureMemory } from '../../src/memory/index.js';
import { MEMORY } from '../../src/record/profile.js';

const HERE = { isolate: false };

/** relu(x · w + b), w of 100 x 200 values. */
function dense(): Model<'float'> {
  const b = new GraphBuilder();
  const w = b.constant('w', new Float32Array(20_000).fill(0.1), [100, 200]);
  const product = b.op('MatMul', [b.input('x', [-1, 100]), w], {}, 'product');
  const sum = b.op('AddV2', [product, b.constant('b', new Float32Array(200), [200])], {}, 'sum');
  return b.output(b.op('Relu', [sum], {}, 'y')).build();
}

describe('measureMemory in this process', () => {
  let x: tf.Tensor;
  before(async () => {
    await tf.setBackend('cpu');
    x = tf.ones([3, 100]);
  });
  after(() => x.dispose());

  it('tells what weights hold, the peak of a call, and that nothing is left behind', async () => {
    const model = dense();
    tf.dispose(model.run(x)); // The weights are on the backend before, and count all the same.
    const found = await measureMemory(model, x, HERE);
    expect(v.is(MEMORY, found)).to.equal(true);
    expect(found).to.deep.equal({
      heldBytes: 4 * (20_000 + 200),
      heldTensors: 2,
      // Three values of 3 x 200: the product is gone when relu has run, the sum is not.
      peakBytes: found.peakBytes,
      peakTensors: found.peakTensors,
      leakedBytes: 0,
      leakedTensors: 0,
    });
    expect(found.peakBytes).to.be.within(2 * 4 * 600, 4 * 4 * 600);
    model.dispose();
  });

  it('counts the same weights for stock models', async () => {
    const layers = nets.mlp({ widths: [100, 50, 10], seed: 1 });
    const parameters = 100 * 50 + 50 + 50 * 10 + 10;
    const found = await measureMemory(layers, x, HERE);
    expect([found.heldBytes, found.heldTensors]).to.deep.equal([4 * parameters, 4]);
    layers.dispose();
  });

  it('finds the peak inside a function and what each of its calls leaks', async () => {
    const leaks: tf.Tensor[] = [];
    const leaky = ([input]: tf.Tensor[]): tf.Tensor => {
      leaks.push(tf.zeros([10]));
      return tf.tidy(() => {
        const large = tf.tile(input as tf.Tensor, [1, 20]);
        return large.sum().add(large.mean());
      });
    };
    const found = await measureMemory(leaky, x, { calls: 4 });
    expect([found.leakedBytes, found.leakedTensors]).to.deep.equal([40, 1]);
    expect(found.peakBytes).to.be.at.least(4 * 3 * 100 * 20);
    expect(found.heldBytes).to.equal(40);
    expect(found).not.to.have.property('processPeakBytes');
    tf.dispose(leaks);
  });

  it('follows functions that answer later, and puts the engine back when they fail', async () => {
    const { runKernel } = tf.engine();
    const later = async ([input]: tf.Tensor[]): Promise<tf.Tensor> => {
      await Promise.resolve();
      return tf.tidy(() => tf.relu((input as tf.Tensor).tile([2, 1])));
    };
    const found = await measureMemory(later, x);
    expect(found.peakBytes).to.equal(2 * 2 * 4 * 300);
    let calls = 0;
    const failing = ([input]: tf.Tensor[]): tf.Tensor => {
      if (++calls > 1) throw new RangeError('once is enough');
      return (input as tf.Tensor).clone();
    };
    let error: unknown;
    await measureMemory(failing, x).catch((thrown: unknown) => (error = thrown));
    expect(error).to.be.instanceOf(RangeError);
    expect(tf.engine().runKernel).to.equal(runKernel);
  });

  it('tells the size of WebAssembly memory on wasm, and nowhere else', async () => {
    const model = dense();
    expect(await measureMemory(model, x, HERE)).not.to.have.property('wasmHeapBytes');
    await backend.use('wasm');
    const input = tf.ones([3, 100]);
    const found = await measureMemory(model, input, HERE);
    expect(found.wasmHeapBytes).to.be.at.least(2 ** 24);
    expect((found.wasmHeapBytes as number) % 2 ** 16).to.equal(0);
    input.dispose();
    model.dispose();
    await tf.setBackend('cpu');
  });

  it('leaves no tensors, refuses calls that are none and inputs that do not fit, and stops when asked to', async () => {
    const model = dense();
    await expectNoLeak(() => measureMemory(model, x, HERE));
    for (const calls of [0, 1.5]) {
      await expectCode('argument/invalid', () => measureMemory(model, x, { ...HERE, calls }));
    }
    const wrong = tf.ones([2]);
    await expectCode('model/input', () => measureMemory(model, wrong, HERE));
    wrong.dispose();
    const stop = new AbortController();
    const progress = (): void => stop.abort();
    await expectCode('aborted', () => measureMemory(model, x, { ...HERE, signal: stop.signal, progress }));
    model.dispose();
  });
});

describe('measureMemory in a process of its own', function () {
  this.timeout(60_000);
  let x: tf.Tensor;
  before(async () => {
    await tf.setBackend('cpu');
    x = tf.ones([3, 100]);
  });
  after(() => x.dispose());

  it('tells the same of tensors, and the peak of that process alone', async () => {
    const model = dense();
    const here = await measureMemory(model, x, HERE);
    // What this process holds must not count for the other one.
    const ballast = Buffer.alloc(2 ** 30, 1);
    const { processPeakBytes, ...found } = await measureMemory(model, x);
    expect(found).to.deep.equal(here);
    expect(processPeakBytes).to.be.within(2 ** 25, ballast.byteLength);
    model.dispose();
  });

  it('takes a model by its location', () =>
    withTempFolder(async (folder) => {
      const location = path.join(folder, 'model');
      await saveModel(dense(), location);
      const apart = await measureMemory(location, x);
      const here = await measureMemory(location, x, HERE);
      expect(apart).to.deep.equal({ ...here, processPeakBytes: apart.processPeakBytes });
    }));

  it('refuses a function, which cannot be sent to another process', async () => {
    await expectCode('argument/invalid', () => measureMemory(() => tf.ones([1]), x, { isolate: true }));
  });
});
