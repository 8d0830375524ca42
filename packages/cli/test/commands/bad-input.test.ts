import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { expect } from 'chai';
import { withTempFolder } from '@tfjs-optimize/testing';
import { call, documentOf, expectFailure } from '../support/command.js';
import { editModelJson, smallModel, writeModelFiles } from '../support/models.js';

/** Names and contents of all files in a folder. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const hashes = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(folder, name)).catch(() => '(folder)');
      return [name, createHash('sha256').update(bytes).digest('hex')] as const;
    }),
  );
  return Object.fromEntries(hashes);
}

interface BadCase {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  /** Words that the message must hold. */
  readonly says: readonly string[];
  readonly spoil: (folder: string) => Promise<void>;
}

const CASES: readonly BadCase[] = [
  {
    what: 'a missing shard',
    status: 3,
    code: 'io/shard',
    says: ['shard2.bin', 'no such file'],
    spoil: (folder) => rm(path.join(folder, 'shard2.bin')),
  },
  {
    what: 'a truncated shard',
    status: 3,
    code: 'io/shard',
    says: ['shard2.bin', 'truncated'],
    spoil: (folder) => truncate(path.join(folder, 'shard2.bin'), 20),
  },
  {
    what: 'a shard that is too long',
    status: 3,
    code: 'io/shard',
    says: ['too long'],
    spoil: (folder) => writeFile(path.join(folder, 'shard2.bin'), Buffer.alloc(5000)),
  },
  {
    what: 'a model.json that is not JSON',
    status: 3,
    code: 'io/format',
    says: ['model.json', 'JSON', '<!doctype'],
    spoil: (folder) => writeFile(path.join(folder, 'model.json'), '<!doctype html><p>Not found'),
  },
  {
    what: 'JSON that is no model',
    status: 3,
    code: 'io/format',
    says: ['model.json', 'modelTopology', 'hello'],
    spoil: (folder) => writeFile(path.join(folder, 'model.json'), '{"hello": 1}'),
  },
  {
    what: 'JSON with nothing in it',
    status: 3,
    code: 'io/format',
    says: ['got the keys (none).'],
    spoil: (folder) => writeFile(path.join(folder, 'model.json'), '{}'),
  },
  {
    what: 'an empty model.json',
    status: 3,
    code: 'io/format',
    says: ['empty file'],
    spoil: (folder) => truncate(path.join(folder, 'model.json')),
  },
  {
    what: 'a cycle',
    status: 3,
    code: 'graph/cycle',
    says: ['dense1/bias'],
    spoil: (folder) =>
      editModelJson(folder, (file) => {
        const node = file.modelTopology.node.find(({ name }) => name === 'dense1/product');
        if (node !== undefined) node.input = ['y', 'w1'];
      }),
  },
  {
    what: 'an input that no node makes',
    status: 3,
    code: 'graph/dangling',
    says: ['nowhere', 'same'],
    spoil: (folder) =>
      editModelJson(folder, (file) => {
        const node = file.modelTopology.node.find(({ name }) => name === 'same');
        if (node !== undefined) node.input = ['nowhere', 'one'];
      }),
  },
  {
    what: 'a manifest that lacks a weight',
    status: 3,
    code: 'io/shard',
    says: ['bytes'],
    spoil: (folder) => editModelJson(folder, (file) => void file.weightsManifest[0]?.weights.pop()),
  },
  {
    what: 'absurd sizes',
    status: 3,
    code: 'io/unsafe',
    says: ['w1'],
    spoil: (folder) =>
      editModelJson(folder, (file) => {
        const weight = file.weightsManifest[0]?.weights[0];
        if (weight !== undefined) weight['shape'] = [1e9, 1e9, 1e9];
      }),
  },
  {
    what: 'a __proto__ key',
    status: 3,
    code: 'io/unsafe',
    says: ['__proto__'],
    spoil: async (folder) => {
      const name = path.join(folder, 'model.json');
      const text = await readFile(name, 'utf8');
      await writeFile(name, text.replace('{', '{"__proto__": {"polluted": 1}, '));
    },
  },
  {
    what: 'a shard path that leads out of the folder',
    status: 3,
    code: 'io/unsafe',
    says: ['../secret'],
    spoil: (folder) =>
      editModelJson(folder, (file) => {
        if (file.weightsManifest[0] !== undefined) file.weightsManifest[0].paths = ['../secret'];
      }),
  },
  {
    what: 'a model that is not there',
    status: 3,
    code: 'io/not-found',
    says: ['model'],
    spoil: (folder) => rm(folder, { recursive: true }),
  },
];

describe('bad input at the command line', function () {
  this.timeout(120_000);

  for (const { what, status, code, says, spoil } of CASES) {
    it(`says ${code} for ${what}, ends with ${status}, and leaves everything as it was`, () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        await spoil(model);
        const before = existsSync(model) ? await contents(model) : undefined;
        const result = await call(['optimize', model, '-o', path.join(folder, 'out')]);
        expectFailure(result, status, code);
        for (const words of says) expect(result.stderr).to.include(words);
        expect(existsSync(model) ? await contents(model) : undefined).to.deep.equal(before);
        expect(await readdir(folder)).to.deep.equal(before === undefined ? [] : ['model']);
      }));
  }

  it('puts the error into the one document of --json', () =>
    withTempFolder(async (folder) => {
      const result = await call(['inspect', path.join(folder, 'nothing'), '--json']);
      expect(result.code).to.equal(3);
      const document = documentOf(result);
      expect(document).to.include({ version: 1, command: 'inspect', ok: false });
      expect(document['error']).to.include({ code: 'io/not-found' });
    }));

  it('keeps an op that nobody knows, and says so', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      await editModelJson(model, (file) => {
        const node = file.modelTopology.node.find(({ name }) => name === 'dense1/relu');
        if (node !== undefined) node.op = 'MyOwnActivation';
      });
      const out = path.join(folder, 'out');
      const result = await call(['optimize', model, '-o', out, '--no-latency', '--json']);
      expect(result.stderr).not.to.match(/^error/m);
      expect(result.code).to.equal(0);
      const saved = JSON.parse(await readFile(path.join(out, 'model.json'), 'utf8')) as ReturnType<
        typeof smallModel
      >['file'];
      const kept = saved.modelTopology.node.find(({ name }) => name === 'dense1/relu');
      expect(kept?.op).to.equal('MyOwnActivation');
      expect(JSON.stringify(documentOf(result)['notes'])).to.include('MyOwnActivation');
    }));

  it('warns of weights that are not numbers, names them and keeps them', () =>
    withTempFolder(async (folder) => {
      const { file, weights } = smallModel();
      weights[3] = NaN;
      const model = await writeModelFiles(path.join(folder, 'model'), { file, weights });
      const result = await call(['optimize', model, '-o', path.join(folder, 'out'), '--no-latency']);
      expect(result.code).to.equal(0);
      expect(result.stdout).to.match(/warning.*'?w1'?.*1 NaN/);
    }));

  it('refuses an output that exists, and replaces it when told to', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const out = path.join(folder, 'out');
      expect((await call(['optimize', model, '-o', out, '--no-latency'])).code).to.equal(0);
      const before = await contents(out);
      const refused = await call(['optimize', model, '-o', out]);
      expectFailure(refused, 4, 'io/exists');
      expect(refused.stderr).to.include('--overwrite');
      expect(await contents(out)).to.deep.equal(before);
      expect((await call(['optimize', model, '-o', out, '--overwrite', '--no-latency'])).code).to.equal(0);
      expect(await contents(out)).to.deep.equal(before);
    }));

  it('refuses an empty folder, too, says that it is empty, and takes it when told to', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const out = path.join(folder, 'out');
      await mkdir(out);
      const refused = await call(['optimize', model, '-o', out]);
      expectFailure(refused, 4, 'io/exists');
      expect(refused.stderr).to.include('an empty folder').and.include('--overwrite');
      expect(await readdir(out)).to.deep.equal([]);
      const args = ['optimize', model, '-o', out, '--overwrite', '--no-latency'];
      expect((await call(args)).code).to.equal(0);
      expect(await readdir(out)).to.include('model.json');
    }));

  for (const [what, place, says] of [
    ['a folder that does not exist', 'nowhere/recipe.json', 'Make '],
    ['the output folder', 'out/recipe.json', 'Put it beside that folder'],
    ['a folder below the output folder', 'out/deep/recipe.json', 'Put it beside that folder'],
    ['a file for a folder', 'model/model.json/recipe.json', 'a file where the folder should be'],
    ['no file but a folder', 'model', 'Add the name of a file'],
    ["the model's own file", 'model/model.json', 'that of the model itself'],
  ] as const) {
    it(`refuses to save a recipe in ${what} before any work is done`, () =>
      withTempFolder(async (folder) => {
        const model = await writeModelFiles(path.join(folder, 'model'));
        const before = await contents(model);
        const recipe = path.join(folder, place);
        const args = ['optimize', model, '-o', path.join(folder, 'out'), '--save-recipe', recipe];
        const refused = await call(args);
        expectFailure(refused, 4, 'io/permission');
        expect(refused.stderr).to.include(`--save-recipe ${recipe}`).and.include(says);
        expect(refused.stderr, 'no step was begun').not.to.include('read weights');
        expect(await readdir(folder)).to.deep.equal(['model']);
        expect(await contents(model)).to.deep.equal(before);
      }));
  }

  it('does not replace a recipe or a device that is there', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const mine = path.join(folder, 'mine.json');
      await writeFile(mine, 'mine');
      const save = (file: string, ...more: string[]) =>
        call([
          'optimize',
          model,
          '-o',
          path.join(folder, 'out'),
          '--save-recipe',
          file,
          '--no-latency',
          ...more,
        ]);
      expectFailure(await save(mine), 4, 'io/exists');
      expect(await readFile(mine, 'utf8')).to.equal('mine');
      const device = await save('/dev/null', '--overwrite');
      expectFailure(device, 4, 'io/permission');
      expect(device.stderr).to.include('no plain file');
      expect((await save(mine, '--overwrite')).code).to.equal(0);
      expect(JSON.parse(await readFile(mine, 'utf8'))).to.include.keys('version', 'passes');
    }));

  it('saves the model where its report cannot be measured, and says so', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      await editModelJson(model, (file) => {
        delete file['signature'];
        delete file.modelTopology.node.find(({ op }) => op === 'Placeholder')?.attr?.['shape'];
      });
      const out = path.join(folder, 'out');
      const result = await call(['optimize', model, '-o', out, '--report', path.join(folder, 'r.json')]);
      expectFailure(result, 6, 'model/run');
      expect(result.stderr).to.include('The model was saved all the same');
      expect((await readdir(folder)).sort()).to.deep.equal(['model', 'out']);
      expect((await call(['inspect', out])).code).to.equal(0);
    }));

  it('refuses empty names, and output places that cannot be taken, before any work', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      for (const args of [
        ['optimize', model, '-o', ''],
        ['inspect', ''],
      ]) {
        const empty = await call(args);
        expect(empty.stderr).to.include("expected a name that is not empty, got ''.");
        expect(empty.code).to.equal(2);
      }
      const out = path.join(folder, 'out');
      await mkdir(out);
      await writeFile(path.join(out, 'thesis.txt'), 'precious');
      const taken = await call(['optimize', model, '-o', out, '--overwrite']);
      expectFailure(taken, 4, 'io/exists');
      expect(taken.stderr, 'no step was begun').not.to.include('read weights');
    }));

  it('says what a missing file is once, in words', () =>
    withTempFolder(async (folder) => {
      const { stderr } = await call(['inspect', path.join(folder, 'nothing')]);
      expect(stderr).to.include('no such file or folder (ENOENT)').and.not.include('because');
    }));

  it('does not overwrite a folder that holds something else', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const out = path.join(folder, 'out');
      await mkdir(out);
      await writeFile(path.join(out, 'thesis.txt'), 'precious');
      expectFailure(
        await call(['optimize', model, '-o', out, '--overwrite', '--no-latency']),
        4,
        'io/exists',
      );
      expect(await readFile(path.join(out, 'thesis.txt'), 'utf8')).to.equal('precious');
    }));

  it('says that it cannot write where a file stands in the way', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      await writeFile(path.join(folder, 'file'), '');
      const out = path.join(folder, 'file', 'out');
      expectFailure(await call(['optimize', model, '-o', out]), 4, 'io/exists');
    }));

  it('says that it cannot write where nobody may, not even root', function () {
    if (process.platform !== 'linux') this.skip();
    return withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const result = await call(['optimize', model, '-o', '/proc/out/model', '--no-latency']);
      expectFailure(result, 4, 'io/permission');
      expect(result.stderr).to.include('/proc/out/model');
    });
  });

  it('says that it may not write, as anybody but root', function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') this.skip();
    return withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const closed = path.join(folder, 'closed');
      await mkdir(closed, { mode: 0o500 });
      expectFailure(await call(['optimize', model, '-o', path.join(closed, 'out')]), 4, 'io/permission');
    });
  });

  it('refuses input values of another shape or type than the model takes', () =>
    withTempFolder(async (folder) => {
      const model = await writeModelFiles(path.join(folder, 'model'));
      const wrong = path.join(folder, 'wrong.json');
      await writeFile(wrong, '[[1, 2, 3]]');
      const result = await call(['diff', model, model, '--input', wrong]);
      expectFailure(result, 3, 'model/input');
      expect(result.stderr).to.include("'x'").and.match(/4/).and.match(/1, ?3/);
    }));
});
