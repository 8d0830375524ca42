import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { repoRoot, runChild } from '@tfjs-optimize/testing';
import { configure, type NativeSettings } from '../../src/index.js';
import { failureOf } from '../support/failure.js';
import { needNode } from '../support/saved-model.js';

interface Told {
  readonly set: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly late: string;
}

/** What a process of its own says that sets these and then loads tfjs-node. */
async function childOf(settings: NativeSettings): Promise<Told> {
  const child = await runChild(path.join(__dirname, 'configure-child.ts'), [JSON.stringify(settings)], {
    cwd: repoRoot(),
    nodeOptions: ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'],
  });
  expect(child.code, child.stderr).to.equal(0);
  return JSON.parse(child.stdout) as Told;
}

describe('configure', function () {
  this.timeout(120_000);

  it('refuses what is no setting, before it says anything of when', async () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ intraOpThreads: 0 }, /^argument\/invalid intraOpThreads: expected a whole number from 1 up, got 0/],
      [{ interOpThreads: 1.5 }, /^argument\/invalid interOpThreads/],
      [{ gpuMemoryGrowth: 'yes' }, /^argument\/invalid gpuMemoryGrowth: expected true or false/],
      [{ visibleGpus: [-1] }, /^argument\/invalid visibleGpus/],
      [{ visibleGpus: [0, 0] }, /^argument\/invalid visibleGpus: .*different/],
      [{ intraOpThread: 1 }, /Did you mean 'intraOpThreads'/],
    ];
    for (const [settings, message] of wrong) {
      expect(await failureOf(() => configure(settings))).to.match(message);
    }
  });

  it('says why it comes too late once a backend is there', async () => {
    const isThere = tf.findBackendFactory('tensorflow') !== null;
    if (!isThere) tf.registerBackend('tensorflow', () => tf.findBackendFactory('cpu')());
    const before = { ...process.env };
    try {
      expect(await failureOf(() => configure({ intraOpThreads: 1 }))).to.match(
        /^native\/late .*reads its settings once.*Call it first/,
      );
      expect({ ...process.env }).to.deep.equal(before);
    } finally {
      if (!isThere) tf.removeBackend('tensorflow');
    }
  });

  it('sets threads that TensorFlow has then, and GPUs', async function () {
    await needNode(this);
    if (process.platform !== 'linux') this.skip();
    const few = await childOf({ intraOpThreads: 1, interOpThreads: 1, visibleGpus: [] });
    expect(few.set).to.deep.equal({
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS: '1',
      CUDA_VISIBLE_DEVICES: '-1',
    });
    expect(few.late).to.match(/^native\/late /);
    const within = await childOf({ intraOpThreads: 12, interOpThreads: 1, visibleGpus: [2, 0] });
    expect(within.set).to.include({ CUDA_VISIBLE_DEVICES: '2,0' });
    const beside = await childOf({ intraOpThreads: 1, interOpThreads: 12, gpuMemoryGrowth: true });
    expect(beside.set).to.include({ TF_FORCE_GPU_ALLOW_GROWTH: 'true' });
    expect(within.threads - few.threads, 'threads within ops').to.be.at.least(8);
    expect(beside.threads - few.threads, 'threads of ops side by side').to.be.at.least(8);
  });
});
