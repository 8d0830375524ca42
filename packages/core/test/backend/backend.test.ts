import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { backend, makeBackends } from '../../src/backend/index.js';
import { isOptimizeError } from '../../src/errors.js';
import { surroundings as installed } from './doubles.js';

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isOptimizeError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing thrown';
}

describe('backend.use', () => {
  afterEach(() => tf.setBackend('cpu'));

  it("takes for 'auto' the first that starts and keeps why the others were passed over", async () => {
    const backends = makeBackends(
      installed({ '@tensorflow/tfjs-node': new Error('no libtensorflow\nstack') }),
    );
    const report = await backends.use();
    expect(report.name).to.equal('cpu');
    expect(report.gpu).to.equal(false);
    expect(report.attempts.map(({ name, outcome }) => `${name} ${outcome}`)).to.deep.equal([
      'tfjs-node-gpu missing',
      'webgpu missing',
      'tfjs-node failed',
      'wasm missing',
      'cpu used',
    ]);
    expect(backends.report()).to.equal(report);
    expect(backends.describe()).to.contain(
      'tfjs-node: failed, @tensorflow/tfjs-node does not load: no libtensorflow',
    );
    expect(tf.getBackend()).to.equal('cpu');
  });

  it('names the package to install for a backend that is missing', async () => {
    const text = await failure(makeBackends(installed({})).use('tfjs-node'));
    expect(text).to.match(/^backend\/missing .*npm install @tensorflow\/tfjs-node\.$/);
  });

  it('says of a backend for browsers that it needs one', async () => {
    const text = await failure(makeBackends(installed({})).use('webgl'));
    expect(text).to.match(/^backend\/missing backend 'webgl': expected to start, got it needs a browser\. /);
  });

  it('keeps the present backend when the one asked for does not start', async () => {
    const backends = makeBackends(installed({ '@tensorflow/tfjs-node': new Error('broken') }));
    expect(await failure(backends.use('tfjs-node'))).to.match(/^backend\/failed .*broken/);
    expect(tf.getBackend()).to.equal('cpu');
  });

  it('keeps the reason that a backend gives for not starting', async () => {
    const reason = new Error('no device');
    tf.registerBackend('tensorflow', () => Promise.reject(reason));
    try {
      const backends = makeBackends(installed({ '@tensorflow/tfjs-node': {} }));
      expect(await failure(backends.use('tfjs-node'))).to.match(/^backend\/failed .*no device/);
      const { attempts } = await backends.use('auto');
      expect(attempts.find(({ name }) => name === 'tfjs-node')).to.deep.equal({
        name: 'tfjs-node',
        outcome: 'failed',
        reason: 'no device',
        cause: reason,
      });
      expect(tf.getBackend()).to.equal('cpu');
    } finally {
      tf.removeBackend('tensorflow');
    }
  });

  it('tells a package that registered with another copy of TensorFlow.js', async () => {
    const text = await failure(makeBackends(installed({ '@tensorflow/tfjs-node': {} })).use('tfjs-node'));
    expect(text).to.contain('another copy of @tensorflow/tfjs-core');
  });

  it('tells when a package brings a TensorFlow.js of its own', async () => {
    tf.registerBackend('tensorflow', () => tf.findBackendFactory('cpu')());
    try {
      const reasonOf = async (module: object): Promise<string | undefined> => {
        const report = await makeBackends(installed({ '@tensorflow/tfjs-node': module })).use('tfjs-node');
        return report.attempts[0]?.reason;
      };
      const { Tensor, version_core } = tf;
      expect(await reasonOf({ default: { Tensor, version_core } })).to.equal('it runs on the CPU');
      const other = await reasonOf({ default: { Tensor: Object, version_core: '4.20.0' } });
      expect(other).to.include(`of TensorFlow.js 4.20.0 beside the ${tf.version_core} in use`);
      expect(await reasonOf({ version_wasm: '4.21.0' })).to.include('of TensorFlow.js 4.21.0');
      expect(await reasonOf({ version_wasm: tf.version_core })).to.equal('it runs on the CPU');
    } finally {
      await tf.setBackend('cpu');
      tf.removeBackend('tensorflow');
    }
  });

  it('tries one backend and tells how that went, without a report', async () => {
    const backends = makeBackends(installed({}));
    const missing = await backends.attempt('tfjs-node-gpu');
    expect(missing).to.include({ name: 'tfjs-node-gpu', outcome: 'missing', gpu: true });
    expect(missing.reason).to.equal('@tensorflow/tfjs-node-gpu is not installed');
    expect(await backends.attempt('webgl')).to.deep.equal({
      name: 'webgl',
      outcome: 'missing',
      reason: 'it needs a browser',
      gpu: true,
    });
    const used = await backends.attempt('cpu');
    expect(used).to.deep.equal({ name: 'cpu', outcome: 'used', reason: 'it runs on the CPU', gpu: false });
    expect(backends.report()).to.equal(undefined);
    expect(await failure(Promise.resolve(backends.attempt('quantum' as 'cpu')))).to.match(
      /^argument\/invalid .*'quantum'/,
    );
  });

  it('refuses a name that is none', async () => {
    expect(await failure(backend.use('quantum' as 'cpu'))).to.match(/^argument\/invalid .*'quantum'/);
  });

  it('starts wasm in Node without a path being set', async () => {
    const report = await backend.use('wasm');
    expect(report.attempts).to.have.length(1);
    expect(tf.getBackend()).to.equal('wasm');
    const product = tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]);
    expect(product).to.equal(11);
  });
});
