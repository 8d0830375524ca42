import * as tf from '@tensorflow/tfjs';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { makeBackends, type Host } from '../../../src/backend/index.js';
import type { Gpu, GpuAdapter } from '../../../src/backend/webgpu/types.js';
import { adapterOf, FakeDevice, H200, surroundings, SWIFTSHADER } from '../doubles.js';

const BACKEND = '@tensorflow/tfjs-backend-webgpu';

/** TensorFlow.js' class, as far as a start needs it. */
class WebGPUBackend extends tf.KernelBackend {
  constructor(readonly device: FakeDevice) {
    super();
  }
  override epsilon(): 1e-7 {
    return 1e-7;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override dispose(): void {}
}

/** Surroundings in which npm's `webgpu` gives these adapters, one at each time of asking. */
function withDawn(adapters: readonly (GpuAdapter | null)[], other: Partial<Host> = {}): Host {
  let present: Gpu | undefined;
  let asked = 0;
  const requestAdapter = () =>
    Promise.resolve(adapters[Math.min(asked++, adapters.length - 1)] as GpuAdapter | null);
  const dawn = { create: (): Gpu => ({ requestAdapter }), globals: { GPUBufferUsage: { STORAGE: 128 } } };
  return surroundings(
    { webgpu: dawn, [BACKEND]: { WebGPUBackend } },
    {
      gpu: () => present,
      installGpu: (_globals, gpu) => (present = gpu),
      removeGpu: () => (present = undefined),
      ...other,
    },
  );
}

describe('webgpu in Node', () => {
  afterEach(async () => {
    await tf.setBackend('cpu');
    if ('webgpu' in tf.engine().registryFactory) tf.removeBackend('webgpu');
  });

  it('runs on a GPU, which is named, and auto takes it before tfjs-node', async () => {
    const output = () => Promise.resolve('NVIDIA H200, 143771, 9.0, 550.90.07\n');
    const backends = makeBackends(withDawn([adapterOf(H200)], { output }));
    const report = await backends.use('auto');
    expect(report).to.deep.include({ name: 'webgpu', gpu: true });
    expect(report.device).to.deep.include({
      name: 'NVIDIA H200',
      kind: 'hardware',
      computeCapability: '9.0',
    });
    expect(report.device?.features).to.deep.equal(['shader-f16', 'timestamp-query']);
    expect(report.attempts.map(({ name }) => name)).to.deep.equal(['tfjs-node-gpu', 'webgpu']);
    const reason = 'it runs on a GPU: NVIDIA H200 (151 GB, compute capability 9.0, driver 550.90.07)';
    expect(report.attempts[1]?.reason).to.equal(reason);
    expect(backends.describe()).to.include(`webgpu: used, ${reason}`);
    expect(backends.device()).to.equal(report.device);
    await tf.setBackend('cpu');
    expect(backends.device()).to.equal(undefined);
  });

  it('passes over a software adapter, and starts it for those who name it, as no GPU', async () => {
    const adapter = adapterOf(SWIFTSHADER, [new FakeDevice()]);
    const backends = makeBackends(withDawn([adapter]));
    const auto = await backends.use('auto');
    expect(auto.name).to.equal('cpu');
    const passed = auto.attempts.find(({ name }) => name === 'webgpu');
    expect(passed?.outcome).to.equal('failed');
    expect(passed?.reason).to.match(/^it found no GPU, only a software adapter: SwiftShader /);
    const named = await backends.attempt('webgpu');
    expect(named).to.deep.include({ outcome: 'used', gpu: false });
    expect(named.reason).to.match(
      /^it runs on a software adapter: SwiftShader .*, on the CPU, for tests only$/,
    );
    expect(named.device?.kind).to.equal('software');
  });

  it('that lost its device tells so and starts on a new one', async () => {
    const devices = [new FakeDevice(), new FakeDevice()];
    const backends = makeBackends(withDawn([adapterOf(H200, devices)]));
    const told: unknown[] = [];
    const stop = backends.onLost((loss) => told.push(loss));
    await backends.use('webgpu');
    const first = tf.backend();
    await backends.use('webgpu');
    expect(tf.backend()).to.equal(first);
    await devices[0]?.lose('driver was updated');
    const loss = { reason: 'unknown', message: 'driver was updated' };
    expect(told).to.deep.equal([loss]);
    expect(backends.report()?.lost).to.deep.equal(loss);
    expect(backends.describe()).to.include('its device was lost since: driver was updated');
    const again = await backends.use('webgpu');
    expect(again.lost).to.equal(undefined);
    expect((tf.backend() as unknown as WebGPUBackend).device).to.equal(devices[1]);
    expect(devices[0]?.isDestroyed).to.equal(true);
    stop();
    await devices[1]?.lose('again');
    expect(told).to.have.length(1);
  });

  it('names the packages to install', async () => {
    const error = await expectCode('backend/missing', () => makeBackends(surroundings()).use('webgpu'));
    expect(error.message).to.include(`npm install ${BACKEND} webgpu.`);
    const half = surroundings({ [BACKEND]: { WebGPUBackend } });
    const other = await expectCode('backend/missing', () => makeBackends(half).use('webgpu'));
    expect(other.message).to.include('webgpu is not installed, which brings WebGPU to Node');
  });

  it('tells what a half installed or foreign Dawn lacks', async () => {
    const failing = (message: string) =>
      expectCode('backend/failed', () =>
        makeBackends(surroundings({ [BACKEND]: { WebGPUBackend }, webgpu: new Error(message) })).use(
          'webgpu',
        ),
      );
    const without = await failing("Cannot find module '/x/webgpu/dist/linux-riscv64/dawn.node'\nstack");
    expect(without.message)
      .to.include(`no binary for ${process.platform} on ${process.arch}`)
      .and.include('postinstall.js');
    const old = await failing("libstdc++.so.6: version `GLIBCXX_3.4.32' not found");
    expect(old.message).to.include('webgpu does not load: ').and.include('GLIBCXX_3.4.32');
  });

  it('tells that Vulkan is not there, on Linux alone', async () => {
    const bare = { hasLibrary: () => false };
    const error = await expectCode('backend/failed', () =>
      makeBackends(withDawn([adapterOf(H200)], bare)).use('webgpu'),
    );
    expect(error.message).to.include('libvulkan.so.1').and.include('apt-get install libvulkan1');
    const mac = makeBackends(withDawn([adapterOf(H200)], { ...bare, platform: 'darwin' }));
    expect((await mac.attempt('webgpu')).outcome).to.equal('used');
  });

  it('tells that there is no adapter, and finds one that comes later', async () => {
    const host = withDawn([null, adapterOf(H200)]);
    const backends = makeBackends(host);
    const error = await expectCode('backend/failed', () => backends.use('webgpu'));
    expect(error.message).to.include('found no adapter').and.include('vulkaninfo');
    expect(host.gpu()).to.equal(undefined);
    expect((await backends.use('webgpu')).gpu).to.equal(true);
    const mac = makeBackends(withDawn([null], { platform: 'darwin' }));
    expect((await mac.attempt('webgpu')).advice).to.equal('Update the driver of the GPU');
  });

  it('keeps why asking for an adapter failed', async () => {
    const gpu = { requestAdapter: () => Promise.reject(new Error('blocked')) };
    const backends = makeBackends(surroundings({ [BACKEND]: { WebGPUBackend } }, { gpu: () => gpu }));
    expect((await backends.attempt('webgpu')).reason).to.equal('WebGPU finds no adapter: blocked');
  });

  it('of a browser without WebGPU is told as absent', async () => {
    const browser = surroundings({ [BACKEND]: { WebGPUBackend } }, { isNode: false, platform: '' });
    expect((await makeBackends(browser).attempt('webgpu')).reason).to.equal('this browser has no WebGPU');
    const none = await makeBackends({
      ...browser,
      gpu: () => ({ requestAdapter: async () => null }),
    }).attempt('webgpu');
    expect(none.reason).to.match(/^WebGPU found no adapter/);
    expect(none.advice).to.equal(undefined);
  });
});
