import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { parseReport } from '@tfjs-optimize/benchmark';
import { expect } from 'chai';
import { runStock, withTempFolder } from '@tfjs-optimize/testing';
import { call, command, documentOf, expectFailure } from '../support/command.js';
import { editModelJson, writeModelFiles } from '../support/models.js';

const QUICK = ['--no-latency'];
/** A report measures what the machine reaches, which takes long in plain JavaScript. */
const WASM = ['--backend', 'wasm'];

describe('the command line', function () {
  this.timeout(120_000);

  describe('optimize', () => {
    it('saves a model with fewer nodes that stock TensorFlow.js runs to the same outputs', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const out = path.join(folder, 'out');
        const result = await command(['optimize', model, '-o', out]);
        expect(result.stderr).not.to.match(/error|Hi, looks like you are running/);
        expect(result.code).to.equal(0);
        for (const row of ['size on disk', 'parameters', 'nodes', 'FLOPs', 'latency', 'outputs differ']) {
          expect(result.stdout).to.include(row);
        }
        expect(result.stdout).to.include(`Saved to ${out}`);
        expect(result.stdout, 'no colours in a pipe').not.to.include('\x1b');
        const runs = [
          [{ dtype: 'float32', shape: [2, 4], data: [1, -2, 3, -4, 0.5, 0.25, -0.125, 0] }],
        ] as const;
        const [before] = (await runStock({ model: path.join(model, 'model.json'), runs })).runs;
        const [after] = (await runStock({ model: path.join(out, 'model.json'), runs })).runs;
        // Two products of at most 8 terms below 4: rounding of float32 stays below 1e-5.
        for (const [index, value] of Array.from(before?.[0]?.data ?? [], Number).entries()) {
          expect(Number(after?.[0]?.data[index])).to.be.closeTo(value, 1e-5);
        }
      }));

    it('prints one JSON document and nothing else on stdout', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const args = ['optimize', model, '-o', path.join(folder, 'out'), '--json', ...QUICK];
        const result = await command(args);
        const document = documentOf(result);
        expect(document).to.include({ version: 1, command: 'optimize', ok: true, changed: true });
        expect(document).to.include.keys('saved', 'report', 'recipe', 'notes', 'inputs');
        const report = document['report'] as { before: { nodes: number }; after: { nodes: number } };
        expect(report.after.nodes).to.be.lessThan(report.before.nodes);
        expect(result.stderr.trim().split('\n'), 'plain lines of progress').to.include('fusion/inference');
      }));

    it('writes a report of both models with the recipe and the notes, outside of the result', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const [out, file] = [path.join(folder, 'out'), path.join(folder, 'r.json')];
        const args = ['optimize', model, '-o', out, '-q', ...QUICK, ...WASM];
        for (const more of [
          ['--report', path.join(out, 'r.html')],
          ['--report', path.join(model, 'model.json'), '--overwrite'],
          ['--report', file, '--save-recipe', file],
        ]) {
          expectFailure(await call([...args, ...more]), 4, 'io/permission');
        }
        expect(existsSync(out), 'refused before any work').to.equal(false);
        const short = ['--runs', '3', '--time', '1', '--warm-up', '0', '--no-memory'];
        expectFailure(await call([...args, ...short]), 2, 'argument/missing');
        const done = await command([...args, '--report', file, ...short]);
        expect(done.code, done.stderr).to.equal(0);
        expect(done.stdout).to.include(`Wrote ${file}`);
        const report = parseReport(await readFile(file, 'utf8'));
        expect(report.models.map(({ name, cost }) => [name, cost.files])).to.deep.equal([
          ['model', 'loaded'],
          ['out', 'saving'],
        ]);
        expect(report.recipe?.passes.length).to.be.greaterThan(0);
        expect(report.notes?.some(({ kind }) => kind === 'did')).to.equal(true);
        expect(report.remarks?.[0]).to.match(/^Inputs: x \[/);
        expect(report.comparison?.against).to.have.length(1);
        expect(report.models.map(({ memory }) => memory)).to.deep.equal([undefined, undefined]);
        expect(report.models.map(({ profile }) => profile?.nodes.length ?? 0)).to.not.include(0);
      }));

    it('gives the same bytes for the same recipe, seed and model', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const [one, two, recipe] = ['one', 'two', 'recipe.json'].map((name) => path.join(folder, name));
        if (one === undefined || two === undefined || recipe === undefined) return;
        const first = await command(['optimize', model, '-o', one, '--save-recipe', recipe, '-q', ...QUICK]);
        expect(first.stderr).to.equal('');
        expect((await call(['optimize', model, '-o', two, '--recipe', recipe, ...QUICK])).code).to.equal(0);
        const names = await readdir(one);
        expect(names).to.include('model.json');
        expect(await readdir(two)).to.deep.equal(names);
        for (const name of names) {
          expect(await readFile(path.join(two, name))).to.deep.equal(await readFile(path.join(one, name)));
        }
      }));

    it('says so when there was nothing to change', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const [one, two] = [path.join(folder, 'one'), path.join(folder, 'two')];
        const first = await call(['optimize', model, '-o', one, ...QUICK]);
        expect(first.stdout).not.to.include('No pass found anything');
        const second = await call(['optimize', one, '-o', two, ...QUICK]);
        expect(second.stdout).to.match(/\n\nNo pass found anything to change: .*\nSaved to /);
      }));

    it('runs a single rule by its name', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const args = ['optimize', model, '-o', path.join(folder, 'out'), '--preset', 'fuse-bias', '--json'];
        const document = documentOf(await call([...args, ...QUICK]));
        expect(JSON.stringify(document['recipe']))
          .to.include('fusion/fuse-bias')
          .and.not.include('inference');
      }));

    for (const [what, text, code, says] of [
      ['is not JSON', 'hello', 'recipe/schema', ''],
      ['is of a later version', '{"version": 99, "seed": 1, "passes": []}', 'recipe/version', ''],
      [
        'names an unknown pass',
        '{"version": 1, "seed": 1, "passes": [{"name": "fusion/inferense", "options": {}}]}',
        'recipe/unknown-pass',
        "Did you mean 'fusion/inference'?",
      ],
    ] as const) {
      it(`refuses a recipe that ${what}`, () =>
        withTempFolder(async (folder) => {
          const model = await writeModelFiles(path.join(folder, 'model'));
          const recipe = path.join(folder, 'recipe.json');
          await writeFile(recipe, text);
          const out = path.join(folder, 'out');
          const result = await call(['optimize', model, '-o', out, '--recipe', recipe]);
          expectFailure(result, 3, code);
          expect(result.stderr.replace(/\s+/g, ' ')).to.include(says);
          expect(existsSync(out)).to.equal(false);
        }));
    }
  });

  describe('inspect', () => {
    it('shows ops, layers, sizes, work and what can be fused', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const { stdout, code } = await command(['inspect', path.join(model, 'model.json')]);
        expect(code).to.equal(0);
        for (const words of [
          'x float32 [?, 4]',
          'By op',
          'MatMul',
          'By layer',
          'dense1',
          'FLOPs',
          'Fusion',
          'fuse-bias',
        ]) {
          expect(stdout).to.include(words);
        }
      }));

    it('shows the same as JSON', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const document = documentOf(await call(['inspect', model, '--json']));
        expect(document).to.include({
          command: 'inspect',
          ok: true,
          format: 'graph-model',
          nodes: 12,
          operations: 6,
        });
        // 4·8 + 8 + 8·3 + 3 numbers; the scalar is none.
        expect(document['parameters']).to.equal(67);
        expect(document['work']).to.include({ macs: 4 * 8 + 8 * 3 });
        expect(document['byLayer']).to.have.length.above(1);
      }));

    it('shows a model that cannot be run, and says why', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        await editModelJson(model, (file) => {
          const node = file.modelTopology.node.find(({ name }) => name === 'dense1/relu');
          if (node !== undefined) node.op = 'MyOwnActivation';
        });
        const { stdout, code } = await call(['inspect', model]);
        expect(code).to.equal(0);
        expect(stdout).to.match(/not run .*MyOwnActivation/);
      }));

    it('says what it ran the model on, which sizes it made up, and how to set them', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const { stdout } = await call(['inspect', model]);
        expect(stdout).to.match(/run on +x \[1, 4\], random \(seed 1, floats in \[-1, 1\)\)/);
        expect(stdout).to.match(/assumed +batch size 1; --batch sets it/);
        const document = documentOf(await call(['inspect', model, '--batch', '2', '--json']));
        expect(document['ranOn']).to.include('x [2, 4]');
        expect(document['assumed']).to.deep.equal([]);
        expect(document['work']).to.include({ macs: 2 * (4 * 8 + 8 * 3) });
      }));

    it('says that the batch size is why a model does not run, in every command', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        // Two examples cannot become the one row of four that the first product takes.
        await editModelJson(model, (file) => {
          const node = file.modelTopology.node.find(({ name }) => name === 'dense1/product');
          const index = file.modelTopology.node.findIndex(({ name }) => name === 'dense1/product');
          if (node !== undefined) node.input = ['row', 'w1'];
          const attr = { T: { type: 'DT_FLOAT' }, Tshape: { type: 'DT_INT32' } };
          file.modelTopology.node.splice(
            index,
            0,
            { name: 'sizes', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
            { name: 'row', op: 'Reshape', input: ['x', 'sizes'], attr },
          );
          file.weightsManifest[0]?.weights.push({ name: 'sizes', shape: [2], dtype: 'int32' });
        });
        const shard = path.join(model, 'shard2.bin');
        const sizes = Buffer.from(Int32Array.of(1, 4).buffer);
        await writeFile(shard, Buffer.concat([await readFile(shard), sizes]));
        expect((await call(['inspect', model])).code).to.equal(0);
        const out = path.join(folder, 'out');
        for (const args of [
          ['inspect', model],
          ['diff', model, model],
          ['optimize', model, '-o', out],
        ]) {
          const failed = await call([...args, '--batch', '2']);
          expectFailure(failed, 6, 'model/run');
          expect(failed.stderr).to.match(/--batch 2: expected [^]*It runs at --batch 1/);
          expect(failed.stderr).not.to.include('because');
        }
        expect(existsSync(out)).to.equal(false);
      }));

    it('shows all of a few layers, and of many those that weigh or work', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        await editModelJson(model, (file) => {
          const attr = { T: { type: 'DT_FLOAT' } };
          for (let i = 0; i < 70; i++) {
            const input = [i === 0 ? 'y' : `shape${i - 1}/squeeze`];
            file.modelTopology.node.push({ name: `shape${i}/squeeze`, op: 'Squeeze', input, attr });
          }
          file['signature'] = undefined;
        });
        const short = (await call(['inspect', model, '--shape', 'x=1,4'])).stdout;
        expect(short).to.match(/… and 70 more without parameters .*--verbose shows all/);
        expect(short).to.include('dense1').and.not.include('shape42');
        expect((await call(['inspect', model, '--verbose'])).stdout).to.include('shape42');
      }));
  });

  describe('diff', () => {
    it('agrees for a model and what was made of it, on random and on given inputs', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const out = path.join(folder, 'out');
        await call(['optimize', model, '-o', out, ...QUICK]);
        const random = await command(['diff', model, out]);
        expect(random.stdout)
          .to.include('cosine')
          .and.match(/^The outputs (are equal|agree)/m);
        expect(random.stdout).to.match(/assumed +batch size 1; --batch sets it/);
        expect(random.code).to.equal(0);
        const values = path.join(folder, 'x.json');
        await writeFile(values, '[[1, 2, 3, 4]]');
        const document = documentOf(await call(['diff', model, out, '--input', `x=${values}`, '--json']));
        expect(document).to.include({ ok: true, agree: true, firstDifference: null });
      }));

    it('finds the first node that differs', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const other = await writeModelFiles(path.join(folder, 'other'));
        await editModelJson(other, (file) => {
          const node = file.modelTopology.node.find(({ name }) => name === 'dense1/relu');
          if (node !== undefined) node.op = 'Tanh';
        });
        const result = await call(['diff', model, other]);
        expect(result.stdout).to.include(
          'The first node that differs is dense1/relu (Relu in the first, Tanh in the second)',
        );
        expect(result.stdout).to.match(/^The output differs by more than 0.0001 of its largest value/m);
        expect(result.code).to.equal(1);
        const document = documentOf(await call(['diff', model, other, '--json']));
        expect(document).to.include({ ok: false, agree: false });
        expect(document['firstDifference']).to.include({ node: 'dense1/relu' });
        expect((await call(['diff', model, other, '--tolerance', '10'])).code).to.equal(0);
      }));

    it('takes no NaN for equal, and names the first node that has one', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const broken = await writeModelFiles(path.join(folder, 'broken'));
        const shard = path.join(broken, 'shard1.bin');
        const bytes = await readFile(shard);
        bytes.writeFloatLE(NaN, 0);
        await writeFile(shard, bytes);
        // The ReLU of the wasm backend makes 0 of NaN.
        const both = await call(['diff', broken, broken, '--backend', 'cpu']);
        expect(both.stdout).to.include('The output has no number to compare').and.not.include('are equal');
        expect(both.stdout).to.match(/y: 3 NaN of 3 values in both models/);
        expect(both.stdout).to.match(/first node that differs is dense1\/product .* 1 NaN of 8 values/);
        expect(both.code).to.equal(1);
        const one = documentOf(await call(['diff', model, broken, '--backend', 'cpu', '--json']));
        expect(one).to.include({ ok: false, agree: false });
        const [output] = one['outputs'] as readonly Record<string, unknown>[];
        expect(output).to.deep.include({
          within: false,
          maxDifference: null,
          incomparable: 3,
          nan: { a: 0, b: 3, both: 0 },
        });
      }));

    it('counts computing nodes as inspect does', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        await editModelJson(model, (file) => {
          const attr = { T: { type: 'DT_FLOAT' } };
          file.modelTopology.node.push({ name: 'handed', op: 'Identity', input: ['y'], attr });
          file['signature'] = undefined;
        });
        const args = [model, '--shape', 'x=1,4', '--json'];
        const { operations } = documentOf(await call(['inspect', ...args]));
        const { nodes } = documentOf(await call(['diff', model, ...args]));
        expect(nodes).to.deep.equal({ common: operations, onlyA: 0, onlyB: 0 });
        expect(operations).to.equal(6);
      }));

    it('refuses models that do not take the same inputs', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const other = await writeModelFiles(path.join(folder, 'other'));
        await editModelJson(other, (file) => {
          const { inputs } = file['signature'] as {
            inputs: { x: { tensorShape: { dim: { size: string }[] } } };
          };
          inputs.x.tensorShape.dim = [{ size: '-1' }, { size: '5' }];
        });
        expectFailure(await call(['diff', model, other]), 2, 'argument/invalid');
      }));
  });

  describe('usage', () => {
    it('explains itself, exit statuses included', async () => {
      const help = await command(['--help']);
      expect(help.stdout).to.include('optimize').and.include('inspect').and.include('diff');
      expect(help.stdout).to.match(/130 +Cancelled by Ctrl-C/);
      expect(help.code).to.equal(0);
      const optimize = await call(['optimize', '--help']);
      for (const option of ['--recipe', '--preset', '--backend', '--seed', '--json', '--overwrite']) {
        expect(optimize.stdout).to.include(option);
      }
      expect((await command(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    });

    for (const [what, args, says] of [
      [
        'an unknown command',
        ['optimise', 'model'],
        /error usage {2}optimise: expected the name of a command, got another\. Did you mean optimize\?/,
      ],
      [
        'an unknown option',
        ['inspect', 'model', '--jsn'],
        /error usage {2}--jsn: expected an option of this command, got another\. Did you mean --json\?/,
      ],
      ['a missing argument', ['inspect'], /<model>: expected one, got none\. Add --help/],
      ['a missing output', ['optimize', 'model'], /--out: expected a folder, got none\./],
      [
        'a backend that does not exist',
        ['inspect', 'model', '--backend', 'gpu'],
        /--backend: expected one of auto, tfjs-node-gpu, .*, got 'gpu'\./,
      ],
      [
        'a batch size beside given values',
        ['diff', 'a', 'b', '--input', 'x.npy', '--batch', '2'],
        /--batch: expected to be without --input, got both\. Leave one of them out\./,
      ],
      [
        'a seed that is no number',
        ['inspect', 'model', '--seed', 'x'],
        /--seed: expected a whole number of at least 0, got 'x'\./,
      ],
      [
        'zero runs',
        ['benchmark', 'm', '--runs', '0'],
        /--runs: expected a whole number of at least 1, got '0'\./,
      ],
      ['an option without its value', ['inspect', 'm', '--seed'], /--seed: expected a number, got none\./],
      ['an empty name', ['inspect', ''], /<model>: expected a name that is not empty, got ''\./],
      ['more models than one', ['inspect', 'm', 'n'], /inspect: expected 1 argument, got 2\./],
      [
        'random inputs beside given ones',
        ['diff', 'a', 'b', '--input', 'random', '--input', 'x.npy'],
        /--input: expected files, or random alone, got 'random x\.npy'\./,
      ],
      ['a shape of the wrong form', ['inspect', 'model', '--shape', 'x=a'], /such as image=1,224,224,3/],
      [
        'two sources of passes',
        ['optimize', 'm', '-o', 'o', '--recipe', 'r', '--preset', 'inference'],
        /--recipe: expected to be without --preset, got both\./,
      ],
    ] as const) {
      it(`ends with 2 for ${what}`, async () => {
        const result = await call(args);
        expect(result.stderr).to.match(says);
        expect(result.stdout).to.equal('');
        expect(result.code).to.equal(2);
      });
    }

    it('takes options that all commands have before the command, too', async () => {
      const result = await call(['-q', '--json', 'inspect', 'not-there']);
      expect(documentOf(result)).to.include({ command: 'inspect', ok: false });
      expect(result.code).to.equal(3);
    });

    it('gives scripts a document for a wrong call, too', async () => {
      const result = await command(['inspect', 'model', '--json', '--jsn']);
      const document = documentOf(result);
      expect(document).to.include({ version: 1, command: 'inspect', ok: false });
      expect(document['error']).to.deep.equal({
        code: 'usage',
        message: '--jsn: expected an option of this command, got another. Did you mean --json?',
      });
      expect(result.code).to.equal(2);
      const unknown = await call(['inspekt', '--json']);
      expect(documentOf(unknown), 'no command that there is').not.to.include.keys('command');
    });

    it('says which package to install for a backend that is missing', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const result = await command(['inspect', model, '--backend', 'tfjs-node-gpu']);
        expectFailure(result, 5, 'backend/missing');
        expect(result.stderr).to.include('npm install @tensorflow/tfjs-node-gpu');
      }));

    it('colours when it is told to, and not when NO_COLOR is set', () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const colourful = await command(['inspect', model], { env: { FORCE_COLOR: '1' } });
        expect(colourful.stdout).to.include('\x1b[');
        const plain = await command(['inspect', model], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
        expect(plain.stdout).not.to.include('\x1b');
      }));
  });
});
