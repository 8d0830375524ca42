import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { parseReport, type ReportRecord } from '@tfjs-optimize/benchmark';
import { loadModel, saveModel } from '@tfjs-optimize/core';
import { quantizationAware, quantizeStatic } from '@tfjs-optimize/quantization';
import { nets, withTempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
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

  it('runs int8 models on the kernels for wasm, in processes of their own, too, and says what runs them', () =>
    withTempFolder(async (folder) => {
      const model = await lenetIn(folder);
      const out = path.join(folder, 'out');
      const made = await call(['optimize', model, '-o', out, '--quantize', 'dynamic', ...QUICK]);
      expect(made.code, made.stderr).to.equal(0);
      const notesOf = async (words: readonly string[], backend: string): Promise<string> => {
        // The kernels are imported by Node.js itself, which knows no sources.
        const { code, stdout, stderr } = await command([...words, '--backend', backend, '--json', '-q']);
        expect(code, stderr).to.be.at.most(1);
        return JSON.stringify(JSON.parse(stdout));
      };
      const short = ['--runs', '2', '--time', '1', '--warm-up', '0'];
      const compare = ['compare', model, out, '--differ', ...short];
      const kernels = /int8 ops run by the kernels of @tfjs-optimize\/wasm \(\w+ SIMD\)/;
      expect(await notesOf(['diff', model, out], 'wasm')).to.match(kernels);
      expect(await notesOf([...compare, '--processes', '2'], 'wasm')).to.match(kernels);
      expect(await notesOf(['diff', model, out], 'cpu')).to.include(
        'int8 ops run by their references on cpu',
      );
    }));

  it('profiles int8 models on the kernels for wasm, for every report', () =>
    withTempFolder(async (folder) => {
      const net = nets.mlp({ widths: [6, 16, 16, 4], seed: 3 });
      const float = await loadModel(net);
      net.dispose();
      const data = nets.uniformTensor([64, 6], 1, -1, 1);
      const [integer, out] = ['integer', 'out'].map((name) => path.join(folder, name)) as [string, string];
      await saveModel((await quantizeStatic(float, { data })).model, integer);
      data.dispose();
      const report = async (name: string, ...words: string[]): Promise<ReportRecord> => {
        const file = path.join(folder, `${name}.json`);
        const wasm = ['--backend', 'wasm', '--report', file, '-q'];
        const { code, stdout, stderr } = await command([...words, ...wasm]);
        expect(code, stdout + stderr).to.equal(0);
        return parseReport(await readFile(file, 'utf8'));
      };
      const short = ['--runs', '2', '--time', '1', '--warm-up', '0', '--no-memory'];
      const membersIn = ({ models }: ReportRecord): number[] =>
        models.map(
          ({ profile }) => profile?.nodes.find(({ op }) => op === 'int8 region')?.members?.length ?? 0,
        );
      const [benchmarked = 0] = membersIn(await report('b', 'benchmark', integer, ...short));
      expect(benchmarked).to.be.above(3);
      const optimized = await report('o', 'optimize', integer, '-o', out, '--no-latency', ...short);
      expect(membersIn(optimized)).to.deep.equal([benchmarked, benchmarked]);
    }));

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

  it('runs models with fake quantization, and compares floats with a model of int8 inputs and outputs', () =>
    withTempFolder(async (folder) => {
      const net = nets.mlp({ widths: [6, 16, 4], seed: 3 });
      const float = await loadModel(net);
      net.dispose();
      const data = nets.uniformTensor([64, 6], 1, -1, 1);
      const [plain, fake, integer, other] = ['plain', 'fake', 'integer', 'other'].map((name) =>
        path.join(folder, name),
      ) as [string, string, string, string];
      await saveModel(float, plain);
      await saveModel(await quantizationAware(float, { data }), fake);
      await (await quantizeStatic(float, { data, io: 'int8' })).model.save(integer);
      const wider = tf.mul(data, 3);
      await (await quantizeStatic(float, { data: wider, io: 'int8' })).model.save(other);
      tf.dispose([data, wider]);

      const inspected = await command(['inspect', fake, '--backend', 'cpu', '-q']);
      expect(inspected.code, inspected.stderr).to.equal(0);
      expect(inspected.stdout)
        .to.include('TfjsOptimizeFakeKernel')
        .and.not.match(/not run/);

      const out = path.join(folder, 'out');
      const fused = await call(['optimize', fake, '-o', out, ...QUICK]);
      expectFailure(fused, 6, 'fact/violated');
      for (const how of ['int8', 'dynamic']) {
        const quick = await call([
          'optimize',
          fake,
          '-o',
          out,
          '--preset',
          'fuse-bias',
          '--quantize',
          how,
          ...QUICK,
        ]);
        expect(quick.code, quick.stdout).to.equal(6);
      }
      expect(existsSync(out), 'what training needs is not taken away').to.equal(false);

      const diff = (...args: string[]) =>
        call(['diff', ...args, '--backend', 'cpu', '-q', '--batch', '16', '--json']);
      for (const [a, b] of [
        [plain, fake],
        [plain, integer],
        [integer, plain],
        [integer, other],
      ] as const) {
        // Two layers of 8 bits, with ranges of their own data: a few steps of 1/255 of the range add up.
        const near = await diff(a, b, '--tolerance', '0.1');
        const document = documentOf(near);
        const [output] = document['outputs'] as { cosine: number; maxDifference: number }[];
        expect(near.code, near.stdout).to.equal(0);
        expect(output?.cosine).to.be.above(0.99);
        expect(output?.maxDifference, 'they are not the same').to.be.above(0);
        const told = (document['int8'] as string[]).join('\n');
        expect(told === '').to.equal(b === fake);
        if (a === plain && b === integer)
          expect(told).to.match(/of int8 values in the second model, \(value - -?\d+\) \* 0\.0/);
      }
      const same = documentOf(await diff(integer, integer, '--tolerance', '0'));
      expect(same).to.deep.include({ agree: true, int8: [] });
      expect((await diff(plain, integer, '--tolerance', '0')).code).to.equal(1);
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
