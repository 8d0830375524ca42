import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { backend, modelDigest, Weight, type Progress } from '@tfjs-optimize/core';
import { buildBert, loadBert, loadWeights, openSafetensors, readSafetensors } from '@tfjs-optimize/models';
import { expectCode, tempFolder } from '@tfjs-optimize/testing';
import { encodeSafetensors } from '../../src/safetensors/write.js';
import { TINY, tinyState } from '../support/tiny.js';
import { fileOf, server } from './files.js';

const INDEX = 'model.safetensors.index.json';
const one = (...values: number[]): Weight => Weight.of(Float32Array.from(values), [values.length]);
const SHARDS = {
  'part-1.safetensors': encodeSafetensors(new Map([['b', one(3, 4)]]), {
    metadata: { format: 'pt', of: '1' },
  }),
  'part-2.safetensors': encodeSafetensors(
    new Map([
      ['a', one(1)],
      ['c', one(5, 6)],
    ]),
    { metadata: { of: '2' } },
  ),
};
const MAP = { a: 'part-2.safetensors', b: 'part-1.safetensors', c: 'part-2.safetensors' };

type Files = Readonly<Record<string, string | Uint8Array>>;
const indexOf = (map: unknown): string => JSON.stringify({ metadata: { total_size: 20 }, weight_map: map });
const FILES: Files = { ...SHARDS, [INDEX]: indexOf(MAP) };

function folderOf(files: Files): string {
  const folder = tempFolder('shards');
  for (const [name, contents] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), contents);
  }
  return folder;
}

/** A server of files by the last parts of their paths, and the paths that were asked for. */
function serverOf(files: Files): { readonly fetchFunc: typeof fetch; readonly asked: string[] } {
  const asked: string[] = [];
  const fetchFunc: typeof fetch = (url, init) => {
    const { pathname, search } = new URL(String(url));
    asked.push(pathname + search);
    const file = files[decodeURIComponent(pathname.replace('/model/', ''))];
    if (file === undefined) return Promise.resolve(new Response('', { status: 404 }));
    const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
    const hasRange = new Headers(init?.headers).has('Range');
    return hasRange ? server(bytes).fetchFunc(url, init) : Promise.resolve(new Response(bytes.slice()));
  };
  return { fetchFunc, asked };
}

const numbersOf = (state: ReadonlyMap<string, Weight>): Record<string, number[]> =>
  Object.fromEntries([...state].map(([name, weight]) => [name, [...weight.numbers()]]));
const ALL = { a: [1], b: [3, 4], c: [5, 6] };

describe('safetensors in several files', () => {
  it('are read by their index, by their folder, and by a file:// URL', async () => {
    const folder = folderOf(FILES);
    for (const source of [folder, `${folder}/`, path.join(folder, INDEX), `file://${folder}/${INDEX}`]) {
      expect(numbersOf(await readSafetensors(source)), source).to.deep.equal(ALL);
      expect(numbersOf(await loadWeights(source)), source).to.deep.equal(ALL);
    }
  });

  it('are open as one: names, files, notes, and tensors one by one or some', async () => {
    const folder = folderOf(FILES);
    const file = await openSafetensors(path.join(folder, INDEX));
    expect([...file.tensors.keys()]).to.deep.equal(['b', 'a', 'c']);
    expect(file.tensors.get('c')?.file).to.equal(path.join(folder, 'part-2.safetensors'));
    expect(file.metadata).to.deep.equal({ format: 'pt', of: '1' });
    expect([...(await file.read('c')).numbers()]).to.deep.equal([5, 6]);
    const dones: number[] = [];
    const progress = ({ done }: Progress): void => void dones.push(done ?? NaN);
    expect(numbersOf(await file.readAll({ names: ['c', 'b'], progress }))).to.deep.equal({
      b: [3, 4],
      c: [5, 6],
    });
    expect(dones).to.deep.equal([8, 16]);
    const error = await expectCode('models/weight', () => file.read('d'));
    expect(error.message).to.contain(INDEX);
    await file.close();
  });

  it('are preferred in one file where a folder holds both', async () => {
    const folder = folderOf({ ...FILES, 'model.safetensors': encodeSafetensors(new Map([['x', one(9)]])) });
    expect(numbersOf(await readSafetensors(folder))).to.deep.equal({ x: [9] });
  });

  it('are read from servers by ranges, with what the URL asks behind ?, and below the folder', async () => {
    const below = Object.fromEntries(
      Object.entries(SHARDS).map(([name, bytes]) => [`deep er/${name}`, bytes]),
    );
    const map = Object.fromEntries(Object.entries(MAP).map(([name, file]) => [name, `deep er/${file}`]));
    const { fetchFunc, asked } = serverOf({ ...below, [INDEX]: indexOf(map) });
    const url = `https://a.example/model/${INDEX}?key=1`;
    expect(numbersOf(await readSafetensors(url, { fetchFunc }))).to.deep.equal(ALL);
    expect(new Set(asked)).to.deep.equal(
      new Set([
        `/model/${INDEX}?key=1`,
        '/model/deep%20er/part-1.safetensors?key=1',
        '/model/deep%20er/part-2.safetensors?key=1',
      ]),
    );
  });

  it('are downloaded once, each of them, and no checksum of one is taken for all', async () => {
    const { fetchFunc, asked } = serverOf(FILES);
    const url = `https://a.example/model/${INDEX}`;
    const cache = tempFolder('shards-cache');
    expect(numbersOf(await loadWeights(url, { cache, fetchFunc }))).to.deep.equal(ALL);
    expect(asked).to.have.length(3);
    expect(numbersOf(await loadWeights(url, { cache, fetchFunc, offline: true }))).to.deep.equal(ALL);
    expect(asked).to.have.length(3);
    const sha256 = '0'.repeat(64);
    await expectCode('argument/invalid', () => loadWeights(url, { cache, fetchFunc, sha256 }));
    await expectCode('argument/invalid', () => loadWeights(path.join(folderOf(FILES), INDEX), { sha256 }));
  });

  it('make a BERT, from a folder and a server', async () => {
    await backend.use('cpu');
    const state = [...tinyState()];
    const half = state.length >> 1;
    const parts = { 'x-1.safetensors': state.slice(0, half), 'x-2.safetensors': state.slice(half) };
    const map = Object.entries(parts).flatMap(([file, entries]) => entries.map(([name]) => [name, file]));
    const words = Array.from({ length: 1495 }, (_, i) => `word${i}`);
    const files: Files = {
      'config.json': JSON.stringify({
        ...{ vocab_size: 1500, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4 },
        ...{ intermediate_size: 64, max_position_embeddings: 64, num_labels: 3 },
      }),
      'vocab.txt': ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n'),
      ...Object.fromEntries(
        Object.entries(parts).map(([file, entries]) => [file, encodeSafetensors(entries)]),
      ),
      [INDEX]: indexOf(Object.fromEntries(map)),
    };
    const built = modelDigest(buildBert(TINY, tinyState()));
    const { fetchFunc, asked } = serverOf(files);
    const fetched = { fetchFunc, cache: tempFolder('shards-bert') };
    const url = 'https://a.example/model';
    for (const loaded of [loadBert(folderOf(files)), loadBert(url, fetched)]) {
      expect(modelDigest((await loaded).model)).to.equal(built);
    }
    asked.length = 0;
    expect(modelDigest((await loadBert(url, fetched)).model)).to.equal(built);
    expect(modelDigest((await loadBert(url, { ...fetched, offline: true })).model)).to.equal(built);
    expect(asked).to.deep.equal([]);
    const sha256 = { 'x-2.safetensors': '0'.repeat(64) };
    for (const each of [folderOf(files), url]) {
      await expectCode('models/checksum', () => loadBert(each, { ...fetched, sha256 }));
    }
  });

  const bad: Readonly<Record<string, readonly [code: string, files: Files, said: RegExp]>> = {
    'a missing file': [
      'io/not-found',
      { [INDEX]: indexOf(MAP), 'part-1.safetensors': SHARDS['part-1.safetensors'] },
      /part-2\.safetensors: expected the file 'part-2\.safetensors' that .*index\.json names, got none/,
    ],
    'a tensor that its file does not have': [
      'models/safetensors',
      { ...FILES, [INDEX]: indexOf({ ...MAP, cc: 'part-2.safetensors' }) },
      /index\.json, tensor 'cc': expected to be in 'part-2\.safetensors', got 'c' as the nearest/,
    ],
    'a tensor in another file than it says': [
      'models/safetensors',
      { ...FILES, [INDEX]: indexOf({ ...MAP, c: 'part-1.safetensors' }) },
      /tensor 'c': expected to be in 'part-1\.safetensors'/,
    ],
    'a tensor that it does not list': [
      'models/safetensors',
      { ...FILES, [INDEX]: indexOf({ a: MAP.a, b: MAP.b }) },
      /tensor 'c': expected to be listed in 'part-2\.safetensors', which has it/,
    ],
    'a damaged file': [
      'models/safetensors',
      { ...FILES, 'part-2.safetensors': SHARDS['part-2.safetensors'].slice(0, -1) },
      /part-2\.safetensors, tensor 'c'/,
    ],
    'no weight_map': ['models/safetensors', { [INDEX]: '{"metadata": {}}' }, /weight_map: .* got none/],
    'an empty weight_map': ['models/safetensors', { [INDEX]: indexOf({}) }, /weight_map: expected files/],
    'a file that is no text': ['models/safetensors', { [INDEX]: indexOf({ a: 1 }) }, /tensor 'a': .* got 1/],
    'no JSON': ['models/safetensors', { [INDEX]: '{' }, /expected an index of JSON/],
    'a list': ['models/safetensors', { [INDEX]: '[]' }, /expected a JSON object/],
    'a tensor twice': [
      'models/safetensors',
      { ...FILES, [INDEX]: '{"weight_map": {"a": "part-1.safetensors", "\\u0061": "part-2.safetensors"}}' },
      /expected each key once, got 'a' twice/,
    ],
  };
  for (const [what, [code, files, said]] of Object.entries(bad)) {
    it(`refuse ${what}, by name`, async () => {
      const error = await expectCode(code, () => openSafetensors(path.join(folderOf(files), INDEX)));
      expect(error.message).to.match(said);
    });
  }

  const outside = [
    '../x.safetensors',
    'a/../../x',
    '/x',
    'C:\\x',
    'C:x',
    '..\\x',
    'http://b.example/x',
    './x',
    'a//x',
    '',
    'x\0',
  ];
  for (const file of outside) {
    it(`refuse a file out of the folder: ${JSON.stringify(file)}`, async () => {
      const folder = folderOf({ [INDEX]: indexOf({ a: file }) });
      const error = await expectCode('io/unsafe', () => openSafetensors(folder));
      expect(error.message).to.contain('paths of files below the index');
      const { fetchFunc, asked } = serverOf({ [INDEX]: indexOf({ a: file }) });
      await expectCode('io/unsafe', () => readSafetensors(`https://a.example/model/${INDEX}`, { fetchFunc }));
      expect(asked).to.have.length(1);
    });
  }

  it('are let go of where one of them is bad', async function () {
    if (process.platform !== 'linux') this.skip();
    const folder = folderOf({ ...FILES, 'part-2.safetensors': new Uint8Array(3) });
    await expectCode('models/safetensors', () => openSafetensors(folder));
    const open = fs.readdirSync('/proc/self/fd').map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    expect(open.filter((file) => file.startsWith(folder))).to.deep.equal([]);
  });
});

describe('keys that a safetensors header has twice', () => {
  const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  const twice: Readonly<Record<string, string>> = {
    'a tensor': `{"a":${entry},"a":${entry}}`,
    'a tensor, one of them escaped': `{"a":${entry},"\\u0061":${entry}}`,
    'the notes': `{"__metadata__":{},"a":${entry},"__metadata__":{}}`,
    'a shape': '{"a":{"dtype":"F32","shape":[2],"shape":[1],"data_offsets":[0,4]}}',
  };
  for (const [what, header] of Object.entries(twice)) {
    it(`are refused: ${what}`, async () => {
      const error = await expectCode('models/safetensors', () =>
        openSafetensors(fileOf(header, new Uint8Array(4))),
      );
      expect(error.message).to.match(/expected each key once, got '\w+' twice/);
    });
  }

  it('are not seen in texts, and in different objects', async () => {
    const notes = JSON.stringify({ a: 'b', text: '{"x": 1, "x": 2} \\" "x":', dtype: 'dtype' });
    const file = fileOf(
      `{"__metadata__":${notes},"a":${entry}, "b":${entry.replace('[0,4]', '[4,8]')}}`,
      new Uint8Array(8),
    );
    expect([...(await openSafetensors(file)).tensors.keys()]).to.deep.equal(['a', 'b']);
  });
});
