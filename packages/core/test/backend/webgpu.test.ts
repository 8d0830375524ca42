import {
  coverageOptions,
  maxDifference,
  maxMagnitude,
  needSoftwareGpu,
  repoRoot,
  runChild,
  type ChildResult,
} from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { createRequire } from 'node:module';
import * as path from 'node:path';

interface Both {
  readonly cpu: number[];
  readonly webgpu: number[];
  readonly leaked: number;
}

/** Layers one after the other, and terms of the longest sum in one. */
const DEPTHS: Readonly<Record<string, readonly [layers: number, terms: number]>> = {
  lenet: [5, 400],
  residual: [9, 512],
  bert: [12, 128],
  lstm: [5, 32],
};

/**
 * Roundings of float32 in a sum of n terms add up to some √n half units in the last place (Higham, Accuracy and
 * Stability of Numerical Algorithms, 2.8); both sides make them, in each layer.
 */
const rounding = ([layers, terms]: readonly [number, number]): number =>
  2 * layers * Math.sqrt(terms) * 2 ** -24;

/** Losses of a training follow its weights: as many layers, forwards and back, for four steps. */
const TRAINING = 4 * 2 * rounding([3, 100]);

describe('webgpu in Node, on software', function () {
  this.timeout(180_000);
  let env: Readonly<Record<string, string>>;

  before(async function () {
    env = await needSoftwareGpu(this);
  });

  function child(mode: string): Promise<ChildResult> {
    return runChild(path.join(__dirname, 'webgpu-child.ts'), [mode], {
      cwd: repoRoot(),
      env: { ...env, TF_CPP_MIN_LOG_LEVEL: '2' },
      nodeOptions: [
        ...coverageOptions(),
        '--conditions=@tfjs-optimize/source',
        '--require',
        createRequire(__filename).resolve('ts-node/register'),
      ],
    });
  }

  /** What a mode tells; its process has to end by itself, and well. */
  async function answer<T>(mode: string): Promise<T> {
    const { code, signal, stdout, stderr } = await child(mode);
    expect([code, signal], stderr).to.deep.equal([0, null]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
  }

  it('computes what cpu computes, and leaves nothing behind', async () => {
    const { auto, report, text, found } = await answer<{
      auto: { name: string; attempts: { name: string; reason: string }[] };
      report: { gpu: boolean; device: { name: string; kind: string; features: string[] } };
      text: string;
      found: Record<string, Both>;
    }>('nets');
    expect(auto.name).not.to.equal('webgpu');
    const passed = auto.attempts.find(({ name }) => name === 'webgpu');
    expect(passed?.reason).to.match(/^it found no GPU, only a software adapter: SwiftShader/);
    expect(report).to.deep.include({ gpu: false });
    expect(report.device).to.include({ name: 'SwiftShader', kind: 'software' });
    expect(report.device.features).to.include('timestamp-query').and.not.include('shader-f16');
    expect(text).to.include('webgpu: used, it runs on a software adapter: SwiftShader');
    for (const [name, depth] of Object.entries(DEPTHS)) {
      const { cpu, webgpu, leaked } = found[name] as Both;
      const difference = maxDifference(cpu, webgpu) / maxMagnitude(cpu);
      expect(difference, name).to.be.at.most(rounding(depth));
      expect(leaked, name).to.equal(0);
    }
  });

  it('trains as cpu does', async () => {
    const { cpu, webgpu } = await answer<Both>('training');
    expect(cpu).to.have.length(2);
    expect(maxDifference(cpu, webgpu) / maxMagnitude(cpu)).to.be.at.most(TRAINING);
  });

  it('fails by codes where it would give zeros, and starts anew', async () => {
    const told = await answer<Record<string, string & number[]>>('failures');
    const tooLarge =
      /^backend\/memory .* tensors of at most 1\.07 GB.* one of 1\.26 GB\. Use a smaller batch\.$/;
    expect(told['tooLarge']).to.match(tooLarge);
    expect(told['tooLargeLater']).to.match(tooLarge);
    expect(told['afterwards']).to.deep.equal(told['right']);
    expect(told['sync']).to.match(/^backend\/sync-read .*await tensor\.data\(\)/);
    expect(told['refused']).to.match(/^model\/run .*usages must not be 0/);
    expect(told['renewed']).to.deep.equal(told['right']);
  });

  it('that loses its device tells everybody, and runs again on a new one', async () => {
    const told = await answer<Record<string, unknown>>('lost');
    expect(told['reading']).to.match(/^backend\/lost .*\(destroyed: /);
    expect(told['running']).to.match(/^backend\/lost .*await backend\.use\('webgpu'\)/);
    const losses = told['losses'] as { reason: string }[];
    expect(losses.map(({ reason }) => reason)).to.deep.equal(['destroyed']);
    expect(told['report']).to.deep.include({ name: 'webgpu', lost: losses[0] });
    expect(told['renewed']).to.deep.equal(told['right']);
  });

  it('lets a process exit by its own code while work is under way', async () => {
    const { code, signal } = await child('exit');
    expect([code, signal]).to.deep.equal([3, null]);
  });
});
