import * as tf from '@tensorflow/tfjs';
import {
  backend,
  BACKEND_NAMES,
  traceLayersModel,
  type BackendName,
  type Backends,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import { backendsText, compareBackends } from '../../src/backends/index.js';
import { compareBackendsOf } from '../../src/backends/compare-backends.js';
import { COMPARISON } from '../../src/record/measurement.js';
import { BACKEND_TRIAL } from '../../src/record/profile.js';
import { branching, dense, stock } from '../measure/candidates.js';
import { registerLateBackend } from '../measure/late-backend.js';

const quick = { warmUpMs: 1, maxWarmUpMs: 2, runs: 3 };

/** Backends of a machine that has a GPU: webgl runs on one that answers late, wasm does not start. */
function machineWithGpu(): Pick<Backends, 'attempt'> & { readonly asked: BackendName[] } {
  const asked: BackendName[] = [];
  const running: Partial<Record<BackendName, [registered: string, gpu: boolean]>> = {
    'tfjs-node-gpu': ['cpu', false],
    'tfjs-node': ['cpu', false],
    webgl: ['simulated-gpu', true],
    cpu: ['cpu', false],
  };
  return {
    asked,
    async attempt(name) {
      asked.push(name);
      const found = running[name];
      if (found === undefined) {
        return {
          name,
          outcome: name === 'wasm' ? 'failed' : 'missing',
          gpu: name !== 'wasm',
          reason: 'no luck',
        };
      }
      await tf.setBackend(found[0]);
      return { name, outcome: 'used', gpu: found[1], reason: 'it runs' };
    },
  };
}

describe('one model on several backends', () => {
  let model: Model;
  let x: tf.Tensor;

  before(async () => {
    registerLateBackend('simulated-gpu', true);
    await backend.use('cpu');
    model = dense();
    x = tf.tensor2d([
      [1, 2, 3],
      [-4, 5, 6],
    ]);
  });
  after(() => {
    model.dispose();
    x.dispose();
    tf.removeBackend('simulated-gpu');
  });

  it('measures every installed backend, tells why others are not there, and carries on', async () => {
    const { trials, comparison } = await compareBackends(model, x, quick);
    expect(trials.map(({ name }) => name)).to.deep.equal(BACKEND_NAMES);
    for (const trial of trials) expect(v.is(BACKEND_TRIAL, trial)).to.equal(true);
    const { measured, rest } = split(trials);
    expect(measured).to.include.members(['wasm', 'cpu']);
    for (const { name, outcome, reason } of rest) {
      expect(reason, name).to.be.a('string').and.not.to.equal('');
      expect(outcome).to.be.oneOf(['missing', 'failed']);
    }
    const webgl = trials.find(({ name }) => name === 'webgl');
    expect(webgl).to.deep.include({ gpu: true, outcome: 'missing' });
    expect(webgl?.reason).to.equal('it needs a browser');
    expect(v.is(COMPARISON, JSON.parse(JSON.stringify(comparison)))).to.equal(true);
    expect(comparison.measurements.map(({ name }) => name)).to.deep.equal(measured);
    for (const { name, machine, latency } of comparison.measurements) {
      expect(latency.n).to.equal(3);
      if (name === 'wasm' || name === 'cpu') expect(machine.backend).to.equal(name);
    }
    for (const { difference } of comparison.against) expect(difference?.relative).to.be.at.most(1e-6);
  });

  it('the one in use before is in use again, and its report is as it was', async () => {
    const report = backend.report();
    await compareBackends(model, x, { ...quick, backends: ['wasm'] });
    expect(tf.getBackend()).to.equal('cpu');
    await compareBackends(model, x, { ...quick, backends: ['webgl', 'wasm'] });
    expect(tf.getBackend()).to.equal('cpu');
    expect(backend.report()).to.equal(report);
    const failing = () => {
      if (tf.getBackend() === 'wasm') throw new Error('not here');
      return tf.scalar(1);
    };
    await expectCode('backend/failed', () => compareBackends(failing, [], { ...quick, backends: ['wasm'] }));
    expect(tf.getBackend()).to.equal('cpu');
    const control = new AbortController();
    const progress = ({ message = '' }) => {
      if (message === 'timing') control.abort();
    };
    const options = { ...quick, signal: control.signal, progress, backends: ['cpu', 'wasm'] as const };
    await expectCode('aborted', () => compareBackends(model, x, options));
    expect(tf.getBackend()).to.equal('cpu');
  });

  it('a GPU counts as one, and what only pretends to be one does not', async () => {
    const machine = machineWithGpu();
    const { trials, comparison } = await compareBackendsOf(machine, model, x, quick);
    expect(trials).to.deep.equal([
      {
        name: 'tfjs-node-gpu',
        gpu: false,
        outcome: 'measured',
        reason: 'it found no GPU that it can use, and ran on the CPU',
      },
      {
        name: 'tfjs-node',
        gpu: false,
        outcome: 'failed',
        reason: 'tfjs-node-gpu was loaded, and a process can hold only one of the two',
      },
      { name: 'webgpu', gpu: true, outcome: 'missing', reason: 'no luck' },
      { name: 'webgl', gpu: true, outcome: 'measured' },
      { name: 'wasm', gpu: false, outcome: 'failed', reason: 'no luck' },
      { name: 'cpu', gpu: false, outcome: 'measured' },
    ]);
    expect(machine.asked).not.to.include('tfjs-node');
    const [, webgl] = comparison.measurements;
    // Its timers say 2 ms.
    expect(webgl?.kernel?.p50).to.equal(2);
    expect(webgl?.machine.backend).to.equal('simulated-gpu');
    const text = backendsText({ trials, comparison });
    expect(text)
      .to.match(/^webgl +GPU /m)
      .and.to.match(/^cpu +CPU /m);
    expect(text).not.to.contain('no GPU was used');
    expect(text).to.contain('not measured:').and.contain('webgpu: missing, no luck');
  });

  it('the text says plainly when no GPU was there, what was tried and why', async () => {
    const text = backendsText(await compareBackends(model, x, quick));
    expect(text).to.match(/^wasm +CPU +[\d.]+ ms/m);
    expect(text).to.contain('no GPU was used; tried:');
    expect(text).to.match(/^ {2}webgl: missing, it needs a browser/m);
    const only = await compareBackends(model, x, { ...quick, backends: ['cpu'] });
    expect(backendsText(only)).to.contain('no GPU: none of the backends tried here uses one');
  });

  it('takes models of every kind, functions and what has to be awaited', async () => {
    const layers = nets.mlp({ seed: 1 });
    const sample = nets.uniformTensor([2, 16], 1);
    const both = { ...quick, backends: ['wasm', 'cpu'] as const };
    const candidates = [layers, traceLayersModel(layers), stock(traceLayersModel(layers))];
    for (const candidate of candidates) {
      const { comparison } = await compareBackends(candidate, sample, both);
      expect(comparison.against[0]?.difference?.relative).to.be.at.most(1e-5);
    }
    expect((await compareBackends(branching(), x, both)).comparison.against).to.have.length(1);
    const double = ([one]: tf.Tensor[]) => Promise.resolve(tf.mul(one as tf.Tensor, 2));
    expect((await compareBackends(double, x, both)).comparison.against).to.have.length(1);
    // Inputs are where they were, with their values.
    expect(Array.from(x.dataSync())).to.deep.equal([1, 2, 3, -4, 5, 6]);
    sample.dispose();
    layers.dispose();
  });

  it('lets one call go by untimed after each change of backend', async () => {
    const calls: string[] = [];
    const watched = ([one]: tf.Tensor[]) => {
      calls.push(tf.getBackend());
      return tf.neg(one as tf.Tensor);
    };
    const options = {
      warmUpMs: 1,
      maxWarmUpMs: 1,
      runs: 20,
      minSampleMs: 0,
      backends: ['wasm', 'cpu'] as const,
    };
    await compareBackends(watched, x, options);
    const turns: string[][] = [];
    for (const name of calls) {
      if (turns.at(-1)?.[0] === name) turns.at(-1)?.push(name);
      else turns.push([name]);
    }
    expect(turns.length).to.be.above(20);
    // Describing both, and what comes after the timing, make up to two changes each without a timed call.
    const single = turns.filter(({ length }) => length === 1);
    expect(single.length, turns.map(({ length }) => length).join(' ')).to.be.at.most(4);
  });

  it('leaves the weights of the model where they are', async () => {
    tf.dispose(model.run(x));
    const before = tf.memory().numTensors;
    await compareBackends(model, x, { ...quick, backends: ['wasm', 'cpu'] });
    expect(tf.memory().numTensors).to.equal(before);
  });

  it('tells how far outputs lie apart', async () => {
    const other = ([one]: tf.Tensor[]) => tf.add(one as tf.Tensor, tf.getBackend() === 'wasm' ? 0.5 : 0);
    const { comparison } = await compareBackends(other, x, { ...quick, backends: ['cpu', 'wasm'] });
    const [against] = comparison.against;
    expect(against).to.include({ name: 'wasm' });
    expect(against?.difference).to.deep.equal({ max: 0.5, mean: 0.5, relative: 0.5 / 6, incomparable: 0 });
  });

  it('a backend without a kernel that the model needs is told as failed, and the others go on', async () => {
    // The wasm backend of TensorFlow.js has no FFT.
    const spectrum = ([one]: tf.Tensor[]) => tf.tidy(() => tf.abs(tf.spectral.rfft(one as tf.Tensor)));
    const { trials, comparison } = await compareBackends(spectrum, x, {
      ...quick,
      backends: ['wasm', 'cpu'],
    });
    expect(trials[0]).to.deep.include({ name: 'wasm', outcome: 'failed' });
    expect(trials[0]?.reason).to.match(/^it does not run the model: .*wasm/);
    expect(comparison.measurements.map(({ name }) => name)).to.deep.equal(['cpu']);
    expect(comparison.against).to.deep.equal([]);
    expect(backendsText({ trials, comparison })).to.contain('wasm: failed, it does not run the model');
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(() => compareBackends(model, x, { ...quick, backends: ['wasm', 'cpu', 'webgl'] }));
    const failing = ([one]: tf.Tensor[]) => {
      if (tf.getBackend() === 'wasm') throw new Error('not here');
      return tf.neg(one as tf.Tensor);
    };
    await expectNoLeak(() => compareBackends(failing, x, { ...quick, backends: ['wasm', 'cpu'] }));
  });

  it('refuses unknown backends, none, and inputs that do not fit, before any is tried', async () => {
    const machine = machineWithGpu();
    const refused = (code: string, inputs: tf.Tensor, options: object) =>
      expectCode(code, () => compareBackendsOf(machine, model, inputs, options));
    const error = await refused('argument/invalid', x, { backends: ['cuda'] });
    expect(error.message).to.contain("'cuda'").and.contain('wasm');
    await refused('argument/missing', x, { backends: [] });
    await refused('argument/invalid', x, { runs: 1 });
    const wrong = tf.ones([2, 4]);
    await refused('model/input', wrong, {});
    wrong.dispose();
    await refused('aborted', x, { signal: AbortSignal.abort() });
    expect(machine.asked).to.deep.equal([]);
  });
});

function split(trials: readonly v.InferOutput<typeof BACKEND_TRIAL>[]) {
  const measured = trials.filter(({ outcome }) => outcome === 'measured').map(({ name }) => name);
  return { measured, rest: trials.filter(({ outcome }) => outcome !== 'measured') };
}
