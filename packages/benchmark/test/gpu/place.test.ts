import type { BackendName, Backends } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { nvidiaDevices } from '../../bench/gpu/device.js';
import { findPlace, hasSessions, STAND_IN, type GpuPlace } from '../../bench/gpu/place.js';

type Outcome = readonly ['used' | 'missing' | 'failed', gpu: boolean, reason?: string];

/** Backends of a machine, of which those that are not named are missing. */
function machine(outcomes: Partial<Record<BackendName, Outcome>>): Pick<Backends, 'attempt'> & {
  readonly asked: BackendName[];
} {
  const asked: BackendName[] = [];
  return {
    asked,
    async attempt(name) {
      asked.push(name);
      const [outcome, gpu, reason = `${name} is not installed`] = outcomes[name] ?? ['missing', true];
      return { name, outcome, gpu, reason };
    },
  };
}

describe('the place of the GPU', () => {
  before(() => tf.setBackend('cpu').then(() => undefined));

  it('is tfjs-node-gpu where that has one, and nothing else is tried', async () => {
    const found = machine({ 'tfjs-node-gpu': ['used', true], webgpu: ['used', true] });
    const place = (await findPlace(found, undefined)) as GpuPlace;
    expect(place).to.include({ name: 'tfjs-node-gpu', registered: 'cpu', gpu: true });
    expect(place.device).to.contain('tfjs-node-gpu');
    expect(found.asked).to.deep.equal(['tfjs-node-gpu']);
  });

  it('is webgpu where tfjs-node-gpu runs on the CPU', async () => {
    const found = machine({ 'tfjs-node-gpu': ['used', false], webgpu: ['used', true] });
    expect(await findPlace(found, undefined)).to.deep.equal({
      ...{ name: 'webgpu', registered: 'cpu', gpu: true, device: 'webgpu' },
    });
  });

  it('is told to be missing with all that was tried and what to install', async () => {
    const found = machine({ 'tfjs-node-gpu': ['used', false], webgpu: ['used', false] });
    const reason = await findPlace(found, undefined);
    expect(reason).to.contain('tfjs-node-gpu: it found no GPU that it can use; webgpu: it found no GPU');
    expect(reason).to.contain('npm install --no-save @tensorflow/tfjs-node-gpu');
    expect(reason).to.contain(STAND_IN);
    const none = await findPlace(machine({ webgpu: ['failed', true, 'software only'] }), undefined);
    expect(none).to.contain('tfjs-node-gpu: tfjs-node-gpu is not installed; webgpu: software only');
  });

  it('may be stood in for by a backend that is no GPU, which is not passed off as one', async () => {
    const place = (await findPlace(machine({ 'tfjs-node': ['used', false] }), 'tfjs-node')) as GpuPlace;
    expect(place).to.deep.equal({ name: 'tfjs-node', registered: 'cpu', gpu: false });
    expect(await findPlace(machine({}), 'wasm')).to.equal(`${STAND_IN}=wasm: wasm is not installed`);
    expect(await findPlace(machine({}), 'abacus')).to.contain('expected one of tfjs-node-gpu, tfjs-node, ');
  });

  it('has sessions where it is TensorFlow', () => {
    expect(hasSessions({ name: 'tfjs-node-gpu', registered: 'tensorflow', gpu: true })).to.equal(true);
    expect(hasSessions({ name: 'webgpu', registered: 'webgpu', gpu: true })).to.equal(false);
  });
});

describe("NVIDIA's devices", () => {
  const asked: string[] = [];
  const smi =
    (newest: boolean) =>
    async (program: string, [query = '']: readonly string[]): Promise<string> => {
      asked.push(`${program} ${query}`);
      if (!query.includes('compute_cap')) return 'Tesla K80, 11441 MiB, 470.1\n';
      if (!newest) throw new Error('Field "compute_cap" is not a valid field to query.');
      return 'NVIDIA A100, 40960 MiB, 550.54, 8.0\nNVIDIA T4, 15360 MiB, 550.54, 7.5\n';
    };

  it('are told by name, memory, driver and compute capability', async () => {
    expect(await nvidiaDevices(smi(true))).to.deep.equal([
      'NVIDIA A100, 40960 MiB, driver 550.54, compute capability 8.0',
      'NVIDIA T4, 15360 MiB, driver 550.54, compute capability 7.5',
    ]);
    expect(asked).to.deep.equal(['nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap']);
  });

  it('are told without what an old driver does not know, and not at all where nothing tells', async () => {
    expect(await nvidiaDevices(smi(false))).to.deep.equal(['Tesla K80, 11441 MiB, driver 470.1']);
    expect(await nvidiaDevices(() => Promise.reject(new Error('ENOENT')))).to.deep.equal([]);
  });
});
