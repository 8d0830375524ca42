import * as tf from '@tensorflow/tfjs';
import { saveModel, type Model } from '@tfjs-optimize/core';
import { packed, type PackedOptions, type PackedSource } from '@tfjs-optimize/runtime';
import { expectCode, expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { everyCoding, plainModel, VALUES } from './models.js';
import { filesOf, LoopbackServer, serving } from './server.js';

const X = [1, -2, 0.5, 4];

async function outputOf(source: PackedSource, options?: PackedOptions): Promise<number[]> {
  const model = await tf.loadGraphModel(packed(source, options));
  const x = tf.tensor2d(X, [1, 4]);
  const y = model.predict(x) as tf.Tensor;
  const values = [...(await y.data())];
  tf.dispose([x, y]);
  model.dispose();
  return values;
}

async function expectedOf(model: Model): Promise<number[]> {
  const x = tf.tensor2d(X, [1, 4]);
  const [y] = model.run(x);
  const values = [...((await y?.data()) as Float32Array)];
  tf.dispose([x, y]);
  model.dispose();
  return values;
}

function load(source: PackedSource, options?: PackedOptions): Promise<tf.io.ModelArtifacts> {
  return packed(source, options).load();
}

describe('packed', () => {
  const server = new LoopbackServer();
  const files = filesOf(everyCoding());
  let expected: number[];

  before(async () => {
    await tf.setBackend('cpu');
    await server.start();
    expected = await expectedOf(everyCoding());
  });
  after(() => server.stop());
  beforeEach(() => {
    server.answer = serving(files);
    server.asked.length = 0;
  });

  it('loads every coding from a server: its values, one constant in the place of each product, nothing left', async () => {
    const url = `${server.base}/model/model.json`;
    expect(await outputOf(url)).to.deep.equal(expected);
    expect(await outputOf(new URL(url))).to.deep.equal(expected);
    expect(await outputOf(`${server.base}/model/`)).to.deep.equal(expected);
    const model = await tf.loadGraphModel(packed(url));
    for (const [name, values] of Object.entries(VALUES)) {
      const [tensor] = model.weights[name] as unknown as tf.Tensor[];
      expect([...(tensor?.dataSync() as Float32Array)], name).to.deep.equal([...values]);
    }
    expect(Object.keys(model.weights)).to.have.members(['kernel', 'bias', 'offset', 'numbers']);
    const artifacts = await load(url);
    const { node } = artifacts.modelTopology as { node: { name: string; op: string }[] };
    expect(node.find(({ name }) => name === 'kernel')?.op).to.equal('Const');
    expect(node.some(({ op }) => op === 'Mul')).to.equal(false);
    expect(artifacts.userDefinedMetadata).not.to.have.property('tfjsOptimizePacked');
    model.dispose();
    await expectNoLeak(() => outputOf(url));
  });

  it('asks for every file once, in order, with the query of the model.json', async () => {
    await load(`${server.base}/model/model.json?key=1`);
    const names = [...files.keys()].map((name) => `/model/${name}?key=1`);
    expect(server.asked.slice(0, 1)).to.deep.equal(names.slice(0, 1));
    expect(server.asked).to.have.members(names);
    expect(names.length).to.be.above(3);
  });

  it('keeps weights of 8 bits as bytes that ops of integers read, or gives numbers when asked', async () => {
    const typeOf = async (options: PackedOptions): Promise<unknown> => {
      const { weightSpecs } = await load(`${server.base}/model/model.json`, options);
      return weightSpecs?.find(({ name }) => name === 'numbers')?.dtype;
    };
    expect(await typeOf({})).to.equal('bool');
    expect(await typeOf({ weights: 'bytes' })).to.equal('bool');
    expect(await typeOf({ weights: 'int32' })).to.equal('int32');
    expect(await outputOf(`${server.base}/model/model.json`, { weights: 'int32' })).to.deep.equal(expected);
  });

  it('tells how far it is, from more than 0 to 1', async () => {
    const seen: number[] = [];
    await load(`${server.base}/model/model.json`, { onProgress: (part) => void seen.push(part) });
    expect(seen.length).to.be.at.least(files.size - 1);
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).to.equal(1);
  });

  it('decodes what has arrived while the rest is under way', async () => {
    const [, first, second] = [...files.keys()] as [string, string, string];
    let release = (): void => undefined;
    let asked = false;
    server.answer = (request, response) => {
      if (request.url?.endsWith(second) !== true) return serving(files)(request, response);
      asked = true;
      // Half of the file now, half when the first one was seen.
      const bytes = files.get(second) as Buffer;
      response.writeHead(200).write(bytes.subarray(0, 9));
      release = () => void response.end(bytes.subarray(9));
    };
    let seen = 0;
    await load(`${server.base}/model/model.json`, {
      onProgress: (part) => {
        seen = part;
        const total = [...files.values()].slice(1).reduce((sum, { length }) => sum + length, 0);
        const atLeast = ((files.get(first) as Buffer).length + 9) / total;
        if (part >= atLeast) release();
      },
    });
    expect(asked).to.equal(true);
    expect(seen).to.equal(1);
  });

  it('sends what it is told, and fetches as it is told', async () => {
    const urls: string[] = [];
    const fetchFunc: typeof fetch = (url, init) => {
      urls.push(String(url));
      expect(init?.headers).to.deep.equal({ 'x-key': '1' });
      return fetch(url, init);
    };
    await load('model/model.json', {
      requestInit: { headers: { 'x-key': '1' } },
      fetchFunc: (url, init) => fetchFunc(`${server.base}/${String(url)}`, init),
    });
    expect(urls.length).to.equal(files.size);
    const moved = { weightPathPrefix: `${server.base}/model/` };
    const alone = serving(new Map([['/json/model.json', files.get('model.json') as Buffer]]));
    server.answer = (request, response) =>
      (request.url?.startsWith('/json') === true ? alone : serving(files))(request, response);
    await load(`${server.base}/json/model.json`, moved);
    await load(`${server.base}/json/model.json`, {
      weightUrlConverter: (name) => `${server.base}/model/${name}`,
    });
  });

  it('loads paths, file URLs, chosen files, other handlers and artifacts in memory', () =>
    withTempFolder(async (temp) => {
      const folder = path.join(temp, 'model');
      await saveModel(everyCoding(), folder, { shardBytes: 20 });
      const file = path.join(folder, 'model.json');
      const chosen = fs
        .readdirSync(folder)
        .map((name) => new File([fs.readFileSync(path.join(folder, name))], name));
      const artifacts = await artifactsOf(everyCoding());
      const { weightData, ...rest } = artifacts;
      const streaming: tf.io.ModelArtifacts = {
        ...rest,
        getWeightStream: () => new Response(weightData as ArrayBuffer).body as ReadableStream,
      };
      const sources: PackedSource[] = [
        ...[folder, file, pathToFileURL(file), pathToFileURL(folder).href, chosen],
        ...[tf.io.fromMemory(artifacts), tf.io.fromMemorySync(artifacts), tf.io.fromMemory(streaming)],
      ];
      for (const source of sources) expect(await outputOf(source)).to.deep.equal(expected);
    }));

  it('loads models that are not packed as stock TensorFlow.js does', async () => {
    server.answer = serving(filesOf(plainModel()));
    const url = `${server.base}/model/model.json`;
    const [ours, stock] = [
      await load(url),
      await (tf.io.http(url).load as () => Promise<tf.io.ModelArtifacts>)(),
    ];
    expect(ours.weightSpecs).to.deep.equal(stock.weightSpecs);
    expect(ours.modelTopology).to.deep.equal(stock.modelTopology);
    expect(Buffer.concat([ours.weightData ?? []].flat().map((each) => Buffer.from(each)))).to.deep.equal(
      Buffer.concat([stock.weightData ?? []].flat().map((each) => Buffer.from(each))),
    );
    expect(await outputOf(url)).to.deep.equal(await expectedOf(plainModel()));
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const memory = await artifactsOfLayers(layers);
    const again = await tf.loadLayersModel(packed(tf.io.fromMemory(memory)));
    expect(again.getWeights().map((weight) => [...weight.dataSync()])).to.deep.equal(
      layers.getWeights().map((weight) => [...weight.dataSync()]),
    );
    again.dispose();
    layers.dispose();
  });

  describe('refuses', () => {
    const url = (): string => `${server.base}/model/model.json`;
    const changed = (name: string, change: (bytes: Buffer) => Buffer): Map<string, Buffer> =>
      new Map([...files].map(([each, bytes]) => [each, each === name ? change(Buffer.from(bytes)) : bytes]));
    const json = (change: (json: Json) => void): Map<string, Buffer> =>
      changed('model.json', (bytes) => {
        const parsed = JSON.parse(bytes.toString()) as Json;
        change(parsed);
        return Buffer.from(JSON.stringify(parsed));
      });
    const shard = [...files.keys()][2] as string;
    const last = [...files.keys()].at(-1) as string;
    const described = (given: Json): Record<string, unknown> =>
      given.userDefinedMetadata['tfjsOptimizePacked'] as never;

    const cases: readonly [string, string, () => Map<string, Uint8Array>][] = [
      [
        'a flipped bit',
        'packed/checksum',
        () => changed(shard, (bytes) => Buffer.from(bytes.map((byte, i) => byte ^ (i === 3 ? 1 : 0)))),
      ],
      ['a truncated file', 'io/shard', () => changed(last, (bytes) => bytes.subarray(1))],
      [
        'a file that is too long',
        'io/shard',
        () => changed(last, (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
      ],
      ['a missing weight file', 'io/shard', () => new Map([...files].filter(([name]) => name !== shard))],
      ['a missing model.json', 'io/not-found', () => new Map()],
      [
        'a page instead of a model.json',
        'io/format',
        () => changed('model.json', () => Buffer.from('<!doctype html>')),
      ],
      ['other JSON', 'io/format', () => changed('model.json', () => Buffer.from('{"name":"package"}'))],
      ['an empty model.json', 'io/format', () => changed('model.json', () => Buffer.of())],
      ['a later version', 'packed/version', () => json((given) => void (described(given)['version'] = 2))],
      [
        'metadata that were lost',
        'packed/version',
        () => json((given) => void (given.userDefinedMetadata = {})),
      ],
      [
        'another coding',
        'packed/coding',
        () => json((given) => void (described(given)['weights'] = { kernel: { coding: 'int4', axis: 1 } })),
      ],
      [
        'another axis',
        'packed/metadata',
        () => json((given) => void (described(given)['weights'] = { kernel: { coding: 'int8', axis: 0 } })),
      ],
      [
        'a product that is gone',
        'packed/metadata',
        () => json((given) => void (described(given)['weights'] = { other: { coding: 'int8', axis: 0 } })),
      ],
      [
        'a part that is no weight',
        'packed/metadata',
        () =>
          json((given) =>
            given.weightsManifest[0]?.weights.forEach(
              (spec) => void (spec.name === 'kernel/scale' && (spec.name = 'other')),
            ),
          ),
      ],
      [
        'a weight in another type',
        'packed/coding',
        () =>
          json((given) =>
            given.weightsManifest[0]?.weights.forEach(
              (spec) =>
                void (spec.quantization &&= { ...spec.quantization, dtype: '@tfjs-optimize/runtime:int4' }),
            ),
          ),
      ],
      [
        'a weight of another dtype',
        'io/manifest',
        () =>
          json((given) => given.weightsManifest[0]?.weights.forEach((spec) => void (spec.dtype = 'float64'))),
      ],
      [
        'an absurd shape',
        'io/manifest',
        () =>
          json((given) => given.weightsManifest[0]?.weights.forEach((spec) => void (spec.shape = [2 ** 40]))),
      ],
      [
        'a manifest that is none',
        'io/manifest',
        () => json((given) => void (given.weightsManifest = 7 as never)),
      ],
      [
        'paths out of the folder',
        'io/unsafe',
        () => json((given) => given.weightsManifest.forEach((group) => void (group.paths = ['../secret']))),
      ],
    ];
    for (const [what, code, spoilt] of cases) {
      it(`${what}: ${code}`, async () => {
        server.answer = serving(spoilt());
        const error = await expectCode(code, () => load(url()));
        expect(error.name).to.equal('RuntimeError');
        expect(error.message).to.match(/: expected .*, got .*\./s);
        await expectNoLeak(() => tf.loadGraphModel(packed(url())).catch(() => undefined));
      });
    }

    it('a page instead of a weight file, a server that fails, one that hangs up and none at all', async () => {
      server.answer = (request, response) => {
        if (request.url?.endsWith(shard) !== true) return serving(files)(request, response);
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
      };
      expect((await expectCode('io/shard', () => load(url()))).message).to.contain('a page');
      server.answer = (_, response) => response.writeHead(500).end();
      await expectCode('io/network', () => load(url()));
      server.answer = (request, response) => {
        if (request.url?.endsWith(shard) !== true) return serving(files)(request, response);
        response.writeHead(200, { 'content-length': '100' }).write('few');
        setTimeout(() => response.destroy(), 20);
      };
      await expectCode('io/network', () => load(url()));
      await expectCode('io/network', () => load('http://127.0.0.1:1/model.json'));
    });

    it('to go on once it is told to stop: before, while it fetches and while it reads', async () => {
      const stopped = new AbortController();
      stopped.abort();
      await expectCode('aborted', () => load(url(), { signal: stopped.signal }));
      expect(server.asked).to.deep.equal([]);
      const later = new AbortController();
      server.answer = (request, response) => {
        if (request.url?.endsWith(shard) !== true) return serving(files)(request, response);
        response.writeHead(200).write('few');
        setTimeout(() => later.abort(), 20);
      };
      await expectCode('aborted', () => load(url(), { signal: later.signal }));
      const inBetween = new AbortController();
      server.answer = serving(files);
      const onProgress = (): void => inBetween.abort();
      await expectCode('aborted', () => load(url(), { signal: inBetween.signal, onProgress }));
    });

    it('what is no source, and places where nothing is', () =>
      withTempFolder(async (temp) => {
        await expectCode('argument/invalid', () => packed(''));
        await expectCode('argument/invalid', () => packed(undefined as unknown as string));
        await expectCode('argument/invalid', () => packed(temp, { weights: 'float32' as 'int32' }));
        await expectCode('argument/invalid', () => load({ save: () => Promise.reject(new Error('no')) }));
        await expectCode('argument/invalid', () => load('nowhere://model'));
        await expectCode('io/not-found', () => load(path.join(temp, 'nothing')));
        await expectCode('io/not-found', () => load(temp));
        await expectCode('io/not-found', () => load([]));
        await expectCode('io/shard', () => load([new File([String(files.get('model.json'))], 'model.json')]));
        fs.writeFileSync(path.join(temp, 'model.json'), files.get('model.json') as Buffer);
        await expectCode('io/shard', () => load(temp));
      }));
  });
});

interface Json {
  userDefinedMetadata: Record<string, unknown>;
  weightsManifest: {
    paths: string[];
    weights: { name: string; dtype: string; shape: number[]; quantization?: { dtype: string } }[];
  }[];
}

async function artifactsOf(model: Model): Promise<tf.io.ModelArtifacts> {
  let given: tf.io.ModelArtifacts = {};
  await saveModel(model, tf.io.withSaveHandler(saving((artifacts) => void (given = artifacts))));
  return given;
}

async function artifactsOfLayers(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let given: tf.io.ModelArtifacts = {};
  await model.save(tf.io.withSaveHandler(saving((artifacts) => void (given = artifacts))));
  return given;
}

function saving(
  take: (artifacts: tf.io.ModelArtifacts) => void,
): (artifacts: tf.io.ModelArtifacts) => Promise<tf.io.SaveResult> {
  return (artifacts) => {
    take(artifacts);
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
  };
}
