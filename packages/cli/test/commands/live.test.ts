import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { loadModel, randomStream } from '@tfjs-optimize/core';
import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { call, documentOf, expectFailure } from '../support/command.js';
import { writeModelFiles } from '../support/models.js';

const QUICK = ['--no-latency', '--backend', 'cpu', '-q'];
const EXAMPLES = 64;

/** A model of four numbers and three classes, examples of it, their labels, and what recipes make of it. */
async function withFiles(
  work: (files: {
    model: string;
    data: string;
    labels: string;
    out: string;
    folder: string;
  }) => Promise<void>,
): Promise<void> {
  await withTempFolder(async (folder) => {
    const model = await writeModelFiles(path.join(folder, 'model'));
    const [data, labels] = [path.join(folder, 'data.json'), path.join(folder, 'labels.json')];
    const random = randomStream(1);
    const rows = Array.from({ length: EXAMPLES }, () => Array.from({ length: 4 }, () => random() * 2 - 1));
    await writeFile(data, JSON.stringify(rows));
    await writeFile(
      labels,
      JSON.stringify(rows.map(([first = 0]) => (first < -0.3 ? 0 : first < 0.3 ? 1 : 2))),
    );
    await work({ model, data, labels, out: path.join(folder, 'out'), folder });
  });
}

/** Writes a recipe and gives its name. */
async function recipeIn(
  folder: string,
  ...passes: (readonly [name: string, options?: object])[]
): Promise<string> {
  const file = path.join(folder, 'recipe.json');
  const list = passes.map(([name, options = {}]) => ({ name, options }));
  await writeFile(file, JSON.stringify({ version: 1, seed: 1, passes: list }));
  return file;
}

const DISTILL = [
  'distillation/distill',
  { epochs: 4, batchSize: 16, alpha: 0.5, learningRate: 0.02 },
] as const;

describe('data and teachers at the command line', function () {
  this.timeout(120_000);

  it('calibrates with --data: int8 from end to end, with the passes in its recipe', () =>
    withFiles(async ({ model, data, out }) => {
      const result = await call([
        'optimize',
        model,
        '-o',
        out,
        '--quantize',
        'static',
        '--data',
        data,
        '--json',
        ...QUICK,
      ]);
      const { recipe, notes, inputs } = documentOf(result) as {
        inputs: string;
        recipe: { passes: { name: string }[] };
        notes: { message: string }[];
      };
      expect(recipe.passes.map(({ name }) => name)).to.deep.equal([
        'fusion/inference',
        'quantization/split-activations',
        'quantization/calibrate',
        'quantization/static',
      ]);
      expect(JSON.stringify(notes)).to.include(`over ${EXAMPLES} examples`);
      expect(inputs, 'compared on what it is calibrated for').to.equal(`x [1, 4], the first of ${data}`);
      expect((await loadModel(out)).stage).to.equal('integer');
    }));

  it('makes models that take int8 values, of which it tells the sizes', () =>
    withFiles(async ({ model, data, out, folder }) => {
      const recipe = await recipeIn(
        folder,
        ['quantization/calibrate'],
        ['quantization/static', { io: 'int8' }],
      );
      const result = await call(['optimize', model, '-o', out, '--recipe', recipe, '--data', data, ...QUICK]);
      expect(result.code, result.stderr).to.equal(0);
      expect(result.stdout).to.include('takes int8 values').and.include('size on disk');
      expect((await loadModel(out)).signature.inputs[0]?.dtype).to.equal('int32');
    }));

  it('distils by a recipe, from the model itself and from another', () =>
    withFiles(async ({ model, data, labels, out, folder }) => {
      const recipe = await recipeIn(folder, DISTILL);
      const args = ['--recipe', recipe, '--data', data, '--labels', labels, '--json', ...QUICK];
      const own = documentOf(await call(['optimize', model, '-o', out, ...args]));
      expect(JSON.stringify(own['notes'])).to.include('16 steps');
      const before = (await loadModel(model)).weights.need('w1').numbers();
      const after = (await loadModel(out)).weights.need('w1').numbers();
      expect([...after]).not.to.deep.equal([...before]);

      const other = path.join(folder, 'other');
      await call(['optimize', model, '-o', other, '--teacher', out, ...args]);
      const taught = (await loadModel(other)).weights.need('w1').numbers();
      expect([...taught], 'another teacher').not.to.deep.equal([...after]);
      const again = path.join(folder, 'again');
      await call(['optimize', model, '-o', again, '--teacher', out, ...args]);
      expect([...(await loadModel(again)).weights.need('w1').numbers()], 'same seed').to.deep.equal([
        ...taught,
      ]);
    }));

  it('prunes while it trains, and trains on with the masks, by a recipe', () =>
    withFiles(async ({ model, data, labels, out, folder }) => {
      const training = { loss: 'crossEntropy', batchSize: 16, learningRate: 0.02 };
      const schedule = { kind: 'polynomial', to: 0.75, frequency: 2 };
      const recipe = await recipeIn(
        folder,
        ['pruning/train', { ...training, epochs: 4, schedule, method: { kind: 'l1' } }],
        ['core/fit', { ...training, epochs: 2 }],
        ['fusion/inference'],
      );
      const args = ['--recipe', recipe, '--data', data, '--labels', labels, '--json', ...QUICK];
      const { notes } = documentOf(await call(['optimize', model, '-o', out, ...args]));
      expect(JSON.stringify(notes))
        .to.include('16 steps')
        .and.include('75.0 % of the weights in 2 masks are zero');
      expect(JSON.stringify(notes), 'core/fit').to.include('8 steps');
      const trained = await loadModel(out);
      for (const [name, zeros] of [
        ['w1', 24],
        ['w2', 18],
      ] as const) {
        const values = [...trained.weights.need(name).numbers()];
        expect(values.filter((value) => value === 0).length, name).to.equal(zeros);
      }
      const again = path.join(folder, 'again');
      await call(['optimize', model, '-o', again, ...args]);
      expect([...(await loadModel(again)).weights.need('w1').numbers()], 'same seed').to.deep.equal([
        ...trained.weights.need('w1').numbers(),
      ]);
      const refused = await call([
        'optimize',
        model,
        '-o',
        path.join(folder, 'no'),
        '--recipe',
        recipe,
        ...QUICK,
      ]);
      expectFailure(refused, 2, 'context/missing');
      expect(refused.stderr).to.include('Add --data FILE');
    }));

  it('measures validation data that a recipe names', () =>
    withFiles(async ({ model, data, labels, out, folder }) => {
      const [name, options] = DISTILL;
      const recipe = await recipeIn(folder, [
        name,
        { ...options, validation: 'validation', restoreBest: true },
      ]);
      const files = ['--recipe', recipe, '--data', data, '--labels', labels];
      const refused = await call(['optimize', model, '-o', out, ...files, ...QUICK]);
      expectFailure(refused, 2, 'context/missing');
      expect(refused.stderr).to.include('Add --validation FILE');
      const given = ['--validation', data, '--validation-labels', labels];
      const { notes } = documentOf(
        await call(['optimize', model, '-o', out, ...files, ...given, '--json', ...QUICK]),
      );
      expect(JSON.stringify(notes)).to.match(/weights are those of epoch \d, the best/);
    }));

  for (const [what, args, status, code, says] of [
    ['static without data', ['--quantize', 'static'], 2, 'context/missing', 'Add --data FILE'],
    [
      'data that nothing takes',
      ['--data', 'data.npy'],
      2,
      'argument/invalid',
      "expected passes that take 'data'",
    ],
    ['labels of nothing', ['--labels', 'labels.json'], 2, 'argument/missing', 'Add --data FILE'],
    [
      'data that are not there',
      ['--quantize', 'static', '--data', 'nowhere.npy'],
      3,
      'io/not-found',
      '--data nowhere.npy',
    ],
  ] as const) {
    it(`refuses ${what}, and writes nothing`, () =>
      withFiles(async ({ model, out }) => {
        const result = await call(['optimize', model, '-o', out, ...args, ...QUICK]);
        expectFailure(result, status, code);
        expect(result.stderr.replace(/\s+/g, ' ')).to.include(says);
        expect(existsSync(out)).to.equal(false);
      }));
  }

  it('refuses what no option gives, before anything is loaded', () =>
    withFiles(async ({ out, data, folder }) => {
      const recipe = await recipeIn(folder, ['quantization/calibrate', { data: 'photos' }]);
      const model = path.join(folder, 'not-a-model');
      const result = await call(['optimize', model, '-o', out, '--recipe', recipe, '--data', data, ...QUICK]);
      expectFailure(result, 2, 'context/missing');
      expect(result.stderr.replace(/\s+/g, ' ')).to.include(
        "'photos': expected one of data, validation, teacher",
      );
    }));

  it('tells class numbers that the model has no class for, and lets the output be', () =>
    withFiles(async ({ model, data, out, folder }) => {
      const labels = path.join(folder, 'wrong.json');
      await writeFile(labels, JSON.stringify(Array.from({ length: EXAMPLES }, (_, i) => i)));
      const recipe = await recipeIn(folder, DISTILL);
      const files = ['--recipe', recipe, '--data', data, '--labels', labels];
      const result = await call(['optimize', model, '-o', out, ...files, ...QUICK]);
      expectFailure(result, 6, 'train/data');
      expect(result.stderr).to.include('class numbers from 0 to 2');
      expect(existsSync(out)).to.equal(false);
    }));
});
