import { coverageOptions, repoRoot, runChild, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';

/** Starts a backend under TensorFlow's name in the engine that all copies of TensorFlow.js share. */
const WORKING = `
const util = require('node:util');
if (util.isNullOrUndefined(1) || !util.isArray([])) throw new Error('wrong utilities');
globalThis._tfengine.registerBackend('tensorflow', () => ({
  isUsingGpuDevice: true, setDataMover() {}, dispose() {}, epsilon: () => 1e-7, floatPrecision: () => 32,
}));
`;

/** Runs the child in a project that has one made-up package installed. */
async function useIn(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  return withTempFolder(async (folder) => {
    for (const [file, text] of Object.entries(files)) {
      const target = path.join(folder, 'node_modules', file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, text);
    }
    const { stdout } = await runChild(path.join(__dirname, 'project-child.ts'), [name], {
      cwd: folder,
      env: { TS_NODE_PROJECT: path.join(repoRoot(), 'tsconfig.base.json') },
      nodeOptions: [
        ...coverageOptions(),
        '--conditions=@tfjs-optimize/source',
        '--require',
        createRequire(__filename).resolve('ts-node/register'),
      ],
    });
    return stdout.trim().split('\n').at(-1) ?? '';
  });
}

describe('backend.use in a project', function () {
  this.timeout(60_000);

  it('finds a package that the project has installed, and restores what Node 23 took from it', async () => {
    const answer = await useIn('auto', { '@tensorflow/tfjs-node-gpu/index.js': WORKING });
    const report = JSON.parse(answer) as { attempts: { reason: string }[] };
    expect(report).to.deep.include({ name: 'tfjs-node-gpu', gpu: true });
    expect(report.attempts).to.have.length(1);
    // Where there is such a GPU its name stands there, too.
    expect(report.attempts[0]?.reason).to.match(/^it runs on a GPU/);
  });

  it('passes over a GPU package that finds no GPU and one that is installed but does not load', async () => {
    const answer = await useIn('auto', {
      '@tensorflow/tfjs-node-gpu/index.js': WORKING.replace('Device: true', 'Device: false'),
      '@tensorflow/tfjs-node/index.js': "require('./tfjs_binding.node');",
    });
    const { name, attempts } = JSON.parse(answer) as {
      name: string;
      attempts: { name: string; outcome: string; reason: string }[];
    };
    const tried = (one: string) => attempts.find((each) => each.name === one);
    expect(name).to.equal('wasm');
    expect(tried('tfjs-node-gpu')).to.include({
      outcome: 'failed',
      reason: 'it found no GPU that it can use',
    });
    expect(tried('tfjs-node')).to.include({ outcome: 'failed' });
    expect(tried('tfjs-node')?.reason).to.match(/^@tensorflow\/tfjs-node does not load: .*tfjs_binding/);
  });
});
