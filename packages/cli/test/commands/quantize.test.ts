import * as path from 'node:path';
import { loadModel, saveModel } from '@tfjs-optimize/core';
import { nets, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { call, command, documentOf, expectFailure } from '../support/command.js';

const QUICK = ['--no-latency', '--backend', 'cpu', '-q'];

/** LeNet in a folder: 62,000 weights, enough to be quantized. */
async function lenetIn(folder: string): Promise<string> {
  const model = path.join(folder, 'model');
  await saveModel(await loadModel(nets.lenet({ seed: 5 })), model);
  return model;
}

describe('quantizing at the command line', function () {
  this.timeout(240_000);

  for (const [how, least, most] of [
    ['float16', 0.5, 0.6],
    ['uint8', 0.25, 0.35],
    ['int8', 0.25, 0.35],
    ['dynamic', 0.25, 0.35],
  ] as const) {
    it(`--quantize ${how}: files of ${least} to ${most} of their size, that load again`, () =>
      withTempFolder(async (folder) => {
        const model = await lenetIn(folder);
        const out = path.join(folder, 'out');
        const { bytes } = documentOf(
          await call(['optimize', model, '-o', path.join(folder, 'plain'), '--json', ...QUICK]),
        )['saved'] as { bytes: number };
        const result = await call(['optimize', model, '-o', out, '--quantize', how, '--json', ...QUICK]);
        const { saved, recipe } = documentOf(result) as {
          saved: { bytes: number };
          recipe: { passes: { name: string }[] };
        };
        expect(saved.bytes / bytes).to.be.within(least, most);
        expect(recipe.passes.map(({ name }) => name)).to.deep.equal([
          'fusion/inference',
          how === 'dynamic' ? 'quantization/dynamic' : 'quantization/weights',
        ]);
        expect((await loadModel(out)).stage).to.equal(how === 'dynamic' ? 'integer' : 'float');
      }));
  }

  it('replays what it saved as a recipe, and inspects, compares and measures a model of integers', () =>
    withTempFolder(async (folder) => {
      const model = await lenetIn(folder);
      const [out, again, recipe] = ['out', 'again', 'recipe.json'].map((name) => path.join(folder, name)) as [
        string,
        string,
        string,
      ];
      const first = ['optimize', model, '-o', out, '--quantize', 'dynamic', '--save-recipe', recipe];
      expect((await call([...first, ...QUICK])).code).to.equal(0);
      const second = await call(['optimize', model, '-o', again, '--recipe', recipe, ...QUICK]);
      expect(second.code, second.stderr).to.equal(0);
      // A process that has not quantized: it must find the ops by itself.
      const inspected = await command(['inspect', out, '--backend', 'cpu', '-q']);
      expect(inspected.code, inspected.stderr).to.equal(0);
      expect(inspected.stdout).to.include('DynamicMatMul');
      const same = await call(['diff', out, again, '--tolerance', '0', '--backend', 'cpu', '-q']);
      expect(same.code, same.stdout + same.stderr).to.equal(0);
      const differs = await call(['diff', model, out, '--backend', 'cpu', '-q']);
      expect(differs.code, differs.stdout + differs.stderr).to.equal(1);
      const short = [
        '--backend',
        'cpu',
        '--runs',
        '3',
        '--warm-up',
        '0',
        '--no-memory',
        '--no-profile',
        '-q',
      ];
      const measured = await call(['benchmark', out, ...short]);
      expect(measured.code, measured.stderr).to.equal(0);
      const compared = await command(['compare', model, out, '--differ', ...short]);
      expect(compared.code, compared.stderr).to.equal(0);
    }));

  it('refuses what it cannot do, and says what to do instead', () =>
    withTempFolder(async (folder) => {
      const model = await lenetIn(folder);
      const out = path.join(folder, 'out');
      const run = (...more: string[]) => call(['optimize', model, '-o', out, ...more, ...QUICK]);
      expectFailure(await run('--quantize', 'int9'), 2, 'usage');
      expectFailure(await run('--quantize', 'int8', '--recipe', 'r.json'), 2, 'usage');
      expect((await run('--quantize', 'dynamic')).code).to.equal(0);
      const twice = await call(['optimize', out, '-o', `${out}2`, '--quantize', 'dynamic', ...QUICK]);
      expectFailure(twice, 6, 'model/stage');
      expect(twice.stderr).to.include('give the float model that it was made of');
    }));
});
