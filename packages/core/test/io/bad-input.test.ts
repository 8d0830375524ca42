import * as tf from '@tensorflow/tfjs';
import { Weight, loadModel, saveModel, toArtifacts, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesOf, groupOf, writeFiles, type ModelFiles } from './model-files.js';
import { affine, smallModel } from './small-model.js';

type Entry = Record<string, unknown>;

/** A model.json that is read, one thing about it spoilt. */
interface Case {
  readonly what: string;
  readonly code: string;
  /** What the message must name. */
  readonly says: RegExp;
  readonly spoil: (files: ModelFiles) => void;
}

const weightOf = (files: ModelFiles, at: number): Entry =>
  files.json.weightsManifest[0]?.weights[at] as Entry;
const nodeOf = (files: ModelFiles, name: string): Entry =>
  files.json.modelTopology.node.find((node) => node['name'] === name) as Entry;

/** A case that replaces fields of the second weight, `offset` (float16, shape [4]). */
function badWeight(what: string, code: string, says: RegExp, fields: Entry): Case {
  return { what, code, says, spoil: (files) => Object.assign(weightOf(files, 1), fields) };
}

const CASES: readonly Case[] = [
  {
    what: 'a missing shard',
    code: 'io/shard',
    says: /shard2\.bin.*no such file/,
    spoil: ({ shards }) => shards.delete('shard2.bin'),
  },
  {
    what: 'a truncated shard',
    code: 'io/shard',
    says: /shard1\.bin.*expected 25 bytes.*got 24.*truncated/,
    spoil: ({ shards }) => shards.set('shard2.bin', (shards.get('shard2.bin') as Uint8Array).subarray(1)),
  },
  {
    what: 'a shard that is too long',
    code: 'io/shard',
    says: /expected 25 bytes.*got 125.*too long/,
    spoil: ({ shards }) => shards.set('shard2.bin', new Uint8Array(115)),
  },
  {
    what: 'a shard that is a folder',
    code: 'io/shard',
    says: /shard2\.bin.*expected a file/,
    spoil: ({ shards }) => {
      shards.delete('shard2.bin');
      shards.set('shard2.bin/x', new Uint8Array(15));
    },
  },
  {
    what: 'a manifest whose bytes do not add up',
    code: 'io/shard',
    says: /expected 33 bytes.*got 25/,
    spoil: (files) => Object.assign(weightOf(files, 1), { shape: [8] }),
  },
  {
    what: 'a weight that is missing from the manifest',
    code: 'io/manifest',
    says: /'bias' \(Const\).*no weight of that name/,
    spoil: (files) => {
      files.json.weightsManifest[0]?.weights.pop();
      files.shards.set('shard2.bin', new Uint8Array(9));
      groupOf(files).paths = ['shard2.bin'];
    },
  },
  {
    what: 'two weights of one name',
    code: 'io/manifest',
    says: /'scale'.*two entries/,
    spoil: (files) => Object.assign(weightOf(files, 1), { name: 'scale' }),
  },
  {
    what: 'one name in two groups',
    code: 'io/manifest',
    says: /'scale'.*two entries/,
    spoil: ({ json }) =>
      json.weightsManifest.push({ paths: [], weights: [{ ...json.weightsManifest[0]?.weights[0] }] }),
  },
  {
    what: 'a manifest that is no list',
    code: 'io/manifest',
    says: /weightsManifest.*a list of groups/,
    spoil: ({ json }) => Object.assign(json, { weightsManifest: {} }),
  },
  {
    what: 'a group without paths',
    code: 'io/manifest',
    says: /group 1.*a list of paths/,
    spoil: ({ json }) => delete (json.weightsManifest[0] as Partial<{ paths: string[] }>).paths,
  },
  {
    what: 'a group without weights',
    code: 'io/shard',
    says: /expected 0 bytes/,
    spoil: ({ json }) => delete (json.weightsManifest[0] as Partial<{ weights: Entry[] }>).weights,
  },
  { ...badWeight('an unknown dtype', 'io/manifest', /'offset'.*float32.*"int7"/, { dtype: 'int7' }) },
  badWeight('a negative size', 'io/unsafe', /'offset'.*\[-4\]/, { shape: [-4] }),
  badWeight('a size that is no integer', 'io/unsafe', /'offset'/, { shape: [1.5] }),
  badWeight('a size that is text', 'io/unsafe', /'offset'/, { shape: ['4'] }),
  badWeight('a size that is null, as JSON writes NaN', 'io/unsafe', /'offset'/, { shape: [null] }),
  badWeight('a huge size', 'io/unsafe', /'offset'.*2147483647/, { shape: [1e12] }),
  badWeight('a huge product of sizes', 'io/unsafe', /'offset'.*fits in memory/, { shape: [2e9, 2e9, 2e9] }),
  badWeight('a product of sizes beyond the file', 'io/shard', /got 25/, { shape: [2e9, 1000] }),
  badWeight('strings beyond the file', 'io/shard', /at least 8000000017 bytes.*got 25/, {
    shape: [2e9],
    dtype: 'string',
    quantization: null,
  }),
  badWeight('strings longer than the file', 'io/manifest', /weight files/, {
    shape: [2],
    dtype: 'string',
    quantization: null,
  }),
  badWeight('a thousand dimensions', 'io/unsafe', /'offset'.*254 dimensions/, { shape: Array(1000).fill(1) }),
  badWeight('a shape that is no list', 'io/manifest', /'offset'.*a shape/, { shape: 4 }),
  badWeight('a weight without a name', 'io/manifest', /weight 1/, { name: 7 }),
  badWeight('a weight named __proto__', 'io/unsafe', /weight 1.*__proto__/, { name: '__proto__' }),
  badWeight('an unknown quantization', 'io/manifest', /'offset'.*uint8, uint16, float16/, {
    quantization: { dtype: 'int4' },
  }),
  badWeight('a quantization without scale', 'io/manifest', /'offset'.*scale/, {
    quantization: { dtype: 'uint8', min: 0 },
  }),
  badWeight('half-precision integers', 'io/manifest', /'offset'.*float32/, { dtype: 'int32' }),
  badWeight('quantized strings', 'io/manifest', /'offset'/, {
    dtype: 'string',
    quantization: { dtype: 'uint8', scale: 1, min: 0 },
  }),
  {
    what: 'a cycle',
    code: 'graph/cycle',
    says: /'(scaled|moved|active)'.*inputs/,
    spoil: (files) => Object.assign(nodeOf(files, 'scaled'), { input: ['active', 'scale'] }),
  },
  {
    what: 'an input that is no node',
    code: 'graph/dangling',
    says: /'active'.*'nowhere'/,
    spoil: (files) => Object.assign(nodeOf(files, 'active'), { input: ['nowhere'] }),
  },
  {
    what: 'a graph without outputs',
    code: 'graph/output',
    says: /at least one output/,
    spoil: ({ json }) => {
      Object.assign(json, { signature: undefined });
      json.modelTopology.node = json.modelTopology.node.filter(
        ({ op }) => op === 'Placeholder' || op === 'Const',
      );
    },
  },
  {
    what: 'a topology that is text',
    code: 'io/format',
    says: /modelTopology/,
    spoil: ({ json }) => Object.assign(json, { modelTopology: 'H4sIAAAA' }),
  },
  {
    what: 'no topology',
    code: 'io/format',
    says: /a model\.json with a modelTopology/,
    spoil: ({ json }) => Object.assign(json, { modelTopology: undefined }),
  },
  ...[
    '../weights.bin',
    'a/../../x',
    '/etc/passwd',
    'C:\\x.bin',
    '..\\x',
    '\\\\host\\x',
    'file:///etc/passwd',
    '',
  ].map((name): Case => ({
    what: `the path of a shard ${JSON.stringify(name)}`,
    code: 'io/unsafe',
    says: /paths of weight files below the model\.json/,
    spoil: (files) => (groupOf(files).paths = [name]),
  })),
];

describe('bad input', () => {
  for (const { what, code, says, spoil } of CASES) {
    it(`${what} is refused with ${code}`, () =>
      withTempFolder(async (folder) => {
        const files = filesOf(smallModel(), [10]);
        spoil(files);
        const file = writeFiles(folder, files);
        const before = process.memoryUsage().arrayBuffers;
        const error = await expectCode(code, () => loadModel(file));
        expect(error.message).to.match(says);
        // Refused by looking at sizes, not by allocating them.
        expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(64 * 1024 * 1024);
      }));
  }

  /** Files that are not a model.json. */
  const texts: [what: string, code: string, says: RegExp, text: string | Uint8Array][] = [
    ['an empty file', 'io/format', /an empty file/, ''],
    ['half a file', 'io/format', /expected JSON/, '{"modelTopology": {"node": ['],
    ['a web page', 'io/format', /Give the model.json/, '<html></html>'],
    ['binary data', 'io/format', /expected JSON/, Uint8Array.of(0x1f, 0x8b, 0, 255, 254)],
    ['a topology without anything', 'io/format', /the keys \(none\)/, '{"modelTopology":{}}'],
    ['a number', 'io/format', /modelTopology/, '12'],
    ['null', 'io/format', /modelTopology/, 'null'],
    ['a list', 'io/format', /modelTopology/, '[]'],
    ['another JSON file', 'io/format', /keys name, version/, '{"name": "x", "version": 1}'],
    ['a key __proto__', 'io/unsafe', /'__proto__'/, '{"modelTopology": {"node": [], "__proto__": {"x": 1}}}'],
    ['a key constructor', 'io/unsafe', /'constructor'/, '{"userDefinedMetadata": {"constructor": 1}}'],
    ['a key prototype', 'io/unsafe', /'prototype'/, '{"a": [{"prototype": {}}]}'],
    [
      'endless nesting',
      'io/unsafe',
      /deeper nesting/,
      `{"modelTopology": ${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    ],
  ];
  for (const [what, code, says, text] of texts) {
    it(`${what} is refused with ${code}`, () =>
      withTempFolder(async (folder) => {
        const file = path.join(folder, 'model.json');
        fs.writeFileSync(file, text);
        const error = await expectCode(code, () => loadModel(file));
        expect(error.message).to.match(says).and.to.include(file);
        expect(({} as Record<string, unknown>)['x'], 'the prototype of objects').to.equal(undefined);
      }));
  }

  it('paths that lead nowhere are refused, naming them', () =>
    withTempFolder(async (folder) => {
      const nowhere = path.join(folder, 'nowhere', 'model.json');
      expect((await expectCode('io/not-found', () => loadModel(nowhere))).message).to.include(nowhere);
      expect((await expectCode('io/not-found', () => loadModel(folder))).message).to.include('model.json');
      await expectCode('argument/invalid', () => loadModel('file://elsewhere/model.json'));
      await expectCode('argument/invalid', () => loadModel('gopher://host/model.json'));
    }));

  it('things that are no model are refused', async () => {
    for (const source of [null, undefined, 7, {}, { save: () => undefined }, []]) {
      await expectCode('argument/invalid', () => loadModel(source as unknown as string));
    }
  });

  it('artifacts that are none are refused', async () => {
    const good = toArtifacts(smallModel());
    const cases: [string, object][] = [
      ['io/format', { modelTopology: new ArrayBuffer(8) }],
      ['io/format', { ...good, modelTopology: { node: [() => 1] } }],
      ['io/format', { ...good, modelTopology: { node: [new Uint8Array(1)] } }],
      ['io/unsafe', { ...good, modelTopology: { node: new Array(1e9) } }],
      ['io/manifest', { ...good, weightSpecs: 'scale' }],
      ['io/manifest', { ...good, weightData: undefined }],
      ['io/manifest', { ...good, weightData: new ArrayBuffer(26) }],
      ['io/format', { ...good, weightData: 'bytes' }],
    ];
    for (const [code, artifacts] of cases) {
      await expectCode(code, () => loadModel(artifacts));
    }
    const round: Record<string, unknown> = {};
    round['self'] = round;
    await expectCode('io/unsafe', () =>
      loadModel({ ...good, userDefinedMetadata: round } as tf.io.ModelArtifacts),
    );
  });

  it('handlers that fail, or give nothing, are told as such with their cause', async () => {
    const cause = new Error('no network');
    const failing = { load: () => Promise.reject(cause) };
    const error = await expectCode('io/handler', () => loadModel(failing));
    expect(error.message).to.include('no network');
    expect(error.cause).to.equal(cause);
    await expectCode('io/format', () => loadModel({ load: () => Promise.resolve(null as never) }));
    const rejecting = tf.io.withSaveHandler(() => Promise.reject(cause));
    await expectCode('io/handler', () => saveModel(smallModel(), rejecting));
    await expectCode('argument/invalid', () => saveModel(smallModel(), {}));
    await expectCode('argument/invalid', () => saveModel(smallModel(), 'gopher://host/x'));
  });

  it('leaves no tensors behind', () =>
    expectNoLeak(async () => {
      const bad = { ...toArtifacts(smallModel()), weightData: new ArrayBuffer(2) };
      await expectCode('io/manifest', () => loadModel(bad));
    }));
});

describe('NaN and infinite weights', () => {
  /** Names of the weights that the notes of a model warn about. */
  const warned = (model: Model): unknown[] => (model.source.notes ?? []).map(({ subject }) => subject);

  it('are kept, named and warned of', async () => {
    const model = smallModel();
    const values = Float32Array.of(NaN, 1, -Infinity, NaN);
    const half = new Uint8Array(Uint16Array.of(0x7c00, 0, 0, 0).buffer);
    const weights = model.weights.with(
      new Map([
        ['bias', Weight.of(values, [4])],
        ['offset', Weight.stored('float32', [4], { kind: 'float16' }, half)],
      ]),
    );
    const read = await loadModel(toArtifacts(model.with({ weights })));
    expect(read.weights.need('bias').values()).to.deep.equal(values);
    expect(read.source.notes).to.deep.equal([
      {
        level: 'warning',
        kind: 'saw',
        subject: 'offset',
        message: "weight 'offset' holds 1 infinite value; it was kept as it is",
      },
      {
        level: 'warning',
        kind: 'saw',
        subject: 'bias',
        message: "weight 'bias' holds 2 NaN and 1 infinite value; it was kept as it is",
      },
    ]);
  });

  it('are found where a scale overflows, and nowhere else', async () => {
    const model = smallModel();
    const scales = [affine(Uint8Array.of(0), [1], 1e37, 3e38), affine(Uint8Array.of(255), [1], 1e37, 3e38)];
    const found = [];
    for (const scale of scales) {
      const weights = model.weights.with(new Map([['scale', scale]]));
      found.push(warned(await loadModel(toArtifacts(model.with({ weights })))));
    }
    expect(found).to.deep.equal([[], ['scale']]);
    expect(warned(await loadModel(toArtifacts(model)))).to.deep.equal([]);
  });
});
