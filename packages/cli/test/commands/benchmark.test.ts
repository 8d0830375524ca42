import { readdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { parseReport } from '@tfjs-optimize/benchmark';
import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { namesOf } from '../../src/benchmark/models.js';
import { call, command, documentOf, expectFailure } from '../support/command.js';
import { editModelJson, writeModelFiles } from '../support/models.js';

const SHORT = ['--warm-up', '20', '--runs', '5'];
const QUICK = [...SHORT, '--backend', 'cpu'];
/** Where what the machine reaches is measured, too. */
const WASM = [...SHORT, '--backend', 'wasm'];
const ALONE = ['--no-profile', '--no-memory'];

/** A model and the same one again, in a folder of their own. */
async function twoModels(folder: string): Promise<[string, string]> {
  return [await writeModelFiles(path.join(folder, 'one')), await writeModelFiles(path.join(folder, 'two'))];
}

describe('the command line measures', function () {
  this.timeout(120_000);

  describe('benchmark', () => {
    it('prints times, sizes, memory and the slowest nodes, and writes report and trace', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'small'));
        const [html, trace] = [path.join(folder, 'r.html'), path.join(folder, 't.json')];
        const result = await command(['benchmark', model, '--report', html, '--trace', trace, ...WASM]);
        expect(result.code, result.stderr).to.equal(0);
        for (const text of [
          'small on wasm',
          'time of a call, median',
          'first call',
          'throughput',
          'by gzip',
          'peak activations',
          'peak memory of a process',
          'Slowest of',
          'MatMul',
          'assumed: batch size 1',
          `Wrote ${html}`,
        ]) {
          expect(result.stdout).to.include(text);
        }
        expect(await readFile(html, 'utf8')).to.match(/^<!doctype html>/i);
        const { traceEvents } = JSON.parse(await readFile(trace, 'utf8')) as { traceEvents: object[] };
        expect(traceEvents.length).to.be.greaterThan(3);
        expect((await readdir(folder)).sort(), 'no temporary files').to.deep.equal([
          'r.html',
          'small',
          't.json',
        ]);
      }));

    it('sweeps batch sizes, tries several backends and says which are not there', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'small'));
        const args = ['benchmark', model, '--batch', '1,4', '--runs', '5', '--warm-up', '20', ...ALONE];
        const result = await call([...args, '--backend', 'cpu,wasm,tfjs-node-gpu', '--json']);
        expect(result.code, result.stderr).to.equal(0);
        const report = parseReport(documentOf(result)['report']);
        expect(report.models[0]?.batches?.batches.map(({ size }) => size)).to.deep.equal([1, 4]);
        expect(report.backends?.map(({ name, outcome }) => `${name} ${outcome}`)).to.deep.equal([
          'cpu measured',
          'wasm measured',
          'tfjs-node-gpu missing',
        ]);
        expect(report.machine.backend).to.equal('cpu');
        expect(report.models[0]?.measurement?.latency.n).to.equal(5);
      }));

    it('refuses wrong calls before any work', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'small'));
        const run = (...args: string[]) => call(['benchmark', model, ...QUICK, ...args]);
        expect((await run('--runs', '0')).code).to.equal(2);
        expect((await run('--backend', 'cpu,abacus')).stderr).to.include('one of auto');
        expectFailure(await run('--report', path.join(folder, 'x.txt')), 2, 'argument/invalid');
        expectFailure(await run('--report', path.join(folder, 'no/x.html')), 4, 'io/permission');
        expectFailure(await run('--trace', model), 4, 'io/permission');
        expectFailure(
          await run('--trace', path.join(folder, 't.json'), '--no-profile'),
          2,
          'argument/invalid',
        );
        expectFailure(await run('--weights', 'w'), 2, 'argument/missing');
        const drawn = await run('--weights', 'no such', '--report', path.join(folder, 'w.json'), ...ALONE);
        expectFailure(drawn, 2, 'argument/invalid');
        const both = path.join(folder, 'both.json');
        const twice = await run('--report', both, '--trace', both);
        expectFailure(twice, 4, 'io/permission');
        expect(twice.stderr).to.include('that of --report');
        const files = await readFile(path.join(model, 'model.json'), 'utf8');
        for (const option of ['--report', '--trace']) {
          const own = await run(option, path.join(model, 'model.json'), '--overwrite');
          expectFailure(own, 4, 'io/permission');
          expect(own.stderr).to.include('a file of a model');
        }
        expect(await readFile(path.join(model, 'model.json'), 'utf8')).to.equal(files);
        const there = path.join(folder, 'there.html');
        await writeFile(there, 'mine');
        expectFailure(await run('--report', there), 4, 'io/exists');
        expect(await readFile(there, 'utf8')).to.equal('mine');
        expectFailure(await call(['benchmark', model, '--backend', 'tfjs-node-gpu']), 5, 'backend/missing');
        expectFailure(await run('--shape', 'x=1,5'), 3, 'model/input');
        expectFailure(await run('--batch', '1000000000'), 2, 'argument/invalid');
        expect((await call(['benchmark', '', ...QUICK])).stderr).to.include(
          "expected a name that is not empty, got ''.",
        );
        expect((await call(['compare', model, ''])).code).to.equal(2);
      }));
  });

  describe('compare', () => {
    it('holds models against the first and writes a report of them', () =>
      withTempFolder(async (folder) => {
        const [a, b] = await twoModels(folder);
        const file = path.join(folder, 'r.json');
        const result = await command(['compare', a, b, '--report', file, ...ALONE, ...QUICK]);
        expect(result.code, result.stderr).to.equal(0);
        expect(result.stdout).to.match(/^two: (no difference to|\S+x \S+ than) one/m);
        expect(result.stdout).to.include('95 %');
        const report = parseReport(await readFile(file, 'utf8'));
        expect(report.models.map(({ name }) => name)).to.deep.equal(['one', 'two']);
        expect(report.comparison?.against[0]?.difference?.max).to.equal(0);

        const html = path.join(folder, 'r.html');
        expect((await call(['report', file, '-o', html])).stdout).to.include('Wrote');
        expect(await readFile(html, 'utf8')).to.include('two');
        expectFailure(await call(['report', file, '-o', html]), 4, 'io/exists');
        const markdown = path.join(folder, 'r.md');
        const piped = await command(['report', '-', '-o', markdown], { stdin: await readFile(file, 'utf8') });
        expect(piped.code, piped.stderr).to.equal(0);
        expect(await readFile(markdown, 'utf8')).to.match(/^# /m);
      }));

    it('ends with status 1 only when a model is surely too slow', () =>
      withTempFolder(async (folder) => {
        const [a, b] = await twoModels(folder);
        const slow = await call(['compare', a, b, '--max-slowdown', '0.01', ...QUICK]);
        expect(slow.stdout).to.include('two is too slow');
        expect(slow.code).to.equal(1);
        const well = await call(['compare', a, b, '--max-slowdown', '100', '--json', ...QUICK]);
        const document = documentOf(well);
        expect(document).to.include({ command: 'compare', ok: true });
        const [held] = document['slowdowns'] as { name: string; slowdown: object; verdict: string }[];
        expect(held).to.include({
          name: 'two',
          backend: 'cpu',
          maxSlowdown: 100,
          verdict: 'within the limit',
        });
        expect(held?.slowdown).to.have.keys('value', 'low', 'high');
        expect(well.code).to.equal(0);
      }));

    it('refuses models that compute different things, unless they do so by design', () =>
      withTempFolder(async (folder) => {
        const [a, b] = await twoModels(folder);
        const shard = path.join(b, 'shard1.bin');
        const bytes = await readFile(shard);
        bytes.writeFloatLE(7, 0);
        await writeFile(shard, bytes);
        expectFailure(await call(['compare', a, b, ...QUICK]), 6, 'compare/outputs');
        const told = await call(['compare', a, b, '--differ', ...QUICK]);
        expect(told.code, told.stderr).to.equal(0);
        expect(told.stdout).to.match(/outputs lie \S+ of the largest apart/);
      }));

    it('refuses models of other inputs, and a single model', () =>
      withTempFolder(async (folder) => {
        const [a, b] = await twoModels(folder);
        await editModelJson(b, (file) => {
          const input = file.modelTopology.node.find(({ op }) => op === 'Placeholder');
          if (input?.attr !== undefined) input.attr['dtype'] = { type: 'DT_INT32' };
          delete file['signature'];
        });
        expectFailure(await call(['compare', a, b, ...QUICK]), 3, 'compare/signature');
        expectFailure(await call(['compare', a, ...QUICK]), 2, 'argument/missing');
      }));

    it('compares on each backend, tries batch sizes, and tells both in the report', () =>
      withTempFolder(async (folder) => {
        const [a, b] = await twoModels(folder);
        const file = path.join(folder, 'r.json');
        const args = [
          'compare',
          a,
          b,
          '--batch',
          '1,2',
          '--backend',
          'cpu,tfjs-node-gpu,wasm',
          '--report',
          file,
        ];
        const result = await call([...args, ...SHORT, ...ALONE]);
        expect(result.code, result.stderr).to.equal(0);
        for (const text of [
          'one, two on cpu',
          'one, two on wasm',
          'Batch sizes of one',
          'Batch sizes of two',
          'Backends, two',
          'tfjs-node-gpu was not measured',
        ]) {
          expect(result.stdout).to.include(text);
        }
        const report = parseReport(await readFile(file, 'utf8'));
        expect(report.machine.backend).to.equal('cpu');
        expect(report.backends?.map(({ name }) => name)).to.deep.equal(['cpu', 'wasm', 'tfjs-node-gpu']);
        for (const { batches } of report.models) {
          expect(batches?.batches.map(({ size }) => size)).to.deep.equal([1, 2]);
        }
      }));

    it('runs each model in processes of its own', () =>
      withTempFolder(async (folder) => {
        const [a, b] = await twoModels(folder);
        const result = await command(['compare', a, b, '--processes', '2', '--json', ...QUICK]);
        expect(result.code, result.stderr).to.equal(0);
        const [report] = documentOf(result)['reports'] as unknown[];
        expect(parseReport(report).comparison).to.include({ isolated: true, processes: 2 });
      }));
  });

  describe('inputs', () => {
    it('are random unless given, which may be said', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'small'));
        const run = (...args: string[]) => call(['benchmark', model, ...ALONE, ...QUICK, ...args]);
        const random = await run('--input', 'random', '--shape', 'x=3,4');
        expect(random.code, random.stderr).to.equal(0);
        expect(random.stdout).to.match(/^inputs: x \[3, 4\], random/m);
        const x = path.join(folder, 'x.json');
        await writeFile(x, '[[1, 2, 3, 4]]');
        expect((await run('--input', x)).stdout).to.include(`x [1, 4] from ${x}`);
        expect((await run('--input', x, '--batch', '2')).code).to.equal(2);
        expect((await run('--input', 'random', '--input', x)).stderr).to.include('random alone');
        const other = await run('--input', `images=${x}`);
        expectFailure(other, 2, 'argument/invalid');
        expect(other.stderr).to.include("expected inputs named 'x', got 'images'");
        const auto = await call(['benchmark', model, ...ALONE, ...SHORT]);
        expect(auto.stdout, 'what `auto` passed over').to.match(/^note: tfjs-node-gpu was tried first: /m);
      }));

    it('of unknown rank are asked for, with a shape as an example', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'small'));
        await editModelJson(model, (file) => {
          file['signature'] = undefined;
          const input = file.modelTopology.node.find(({ op }) => op === 'Placeholder');
          delete input?.attr?.['shape'];
        });
        const refused = await call(['benchmark', model, ...QUICK]);
        expectFailure(refused, 2, 'argument/missing');
        expect(refused.stderr).to.include('--shape x=1,8');
      }));

    it('of assumed sizes are blamed where the model does not run at them', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'small'));
        await editModelJson(model, (file) => {
          const { inputs } = file['signature'] as { inputs: { x: { tensorShape: unknown } } };
          inputs.x.tensorShape = { dim: [{ size: '-1' }, { size: '-1' }] };
          const input = file.modelTopology.node.find(({ op }) => op === 'Placeholder');
          if (input?.attr !== undefined) input.attr['shape'] = { shape: inputs.x.tensorShape };
        });
        for (const args of [
          ['benchmark', model],
          ['compare', model, model],
        ]) {
          const refused = await call([...args, ...QUICK]);
          expectFailure(refused, 6, 'model/run');
          expect(refused.stderr).to.match(/size 16, as a guess, .* axis 1 of x; --shape x=1,16 sets it/);
        }
        expect((await call(['benchmark', model, ...QUICK, ...ALONE, '--shape', 'x=1,4'])).code).to.equal(0);
      }));
  });

  describe('report', () => {
    it('refuses what is no report', () =>
      withTempFolder(async (folder) => {
        const file = path.join(folder, 'r.json');
        const draw = () => call(['report', file, '-o', path.join(folder, 'r.html')]);
        expectFailure(await draw(), 3, 'io/not-found');
        await writeFile(file, '{"kind":"tfjs-optimize/report","version":99}');
        expectFailure(await draw(), 3, 'report/version');
        await writeFile(file, 'hello');
        expectFailure(await draw(), 3, 'report/schema');
        expect(await readdir(folder)).to.deep.equal(['r.json']);
      }));
  });

  it('names models by as much of their path as tells them apart', () => {
    expect(namesOf(['a/net/model.json', 'b/net', 'c/other.json'])).to.deep.equal(['a/net', 'b/net', 'other']);
    expect(namesOf(['net', 'net'])).to.deep.equal(['net', 'net (2)']);
    // JavaScript would put 1 before 2, whatever comes first.
    expect(namesOf(['nets/2', 'nets/1'])).to.deep.equal(['nets/2', 'nets/1']);
    expect(namesOf(['/7'])).to.deep.equal(['model 7']);
    expect(namesOf(['https://example.com/my%20net/model.json?v=2'])).to.deep.equal(['my net']);
  });
});
