import * as tf from '@tensorflow/tfjs';
import { Weight, fileHandler, filesAt, loadModel, saveModel, toArtifacts } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cutAt, filesOf, groupOf, writeFiles } from './model-files.js';
import { smallModel, smallOutput } from './small-model.js';

const expected = toArtifacts(smallModel());

/** Cuts of the 25 bytes of the small model: within weights, at their ends, several within one, empty files. */
const CUTS = [[], [1], [9], [5], [2, 3, 4], [1, 9], [0, 25], [12, 12, 13], [...Array(24).keys()]];

describe('files', () => {
  for (const places of CUTS) {
    it(`of a model cut at ${JSON.stringify(places)} give the same model`, () =>
      withTempFolder(async (folder) => {
        const file = writeFiles(folder, filesOf(smallModel(), places));
        expect(toArtifacts(await loadModel(file))).to.deep.equal(expected);
      }));
  }

  it('are closed once their bytes are read, also where reading ends before', async function () {
    if (process.platform !== 'linux') this.skip();
    await withTempFolder(async (folder) => {
      const file = writeFiles(folder, filesOf(smallModel(), [9]));
      const opened = (): string[] =>
        fs
          .readdirSync('/proc/self/fd')
          .map((name) => {
            try {
              return fs.readlinkSync(`/proc/self/fd/${name}`);
            } catch {
              return '';
            }
          })
          .filter((target) => target.startsWith(fs.realpathSync(folder)));
      for (const most of [Infinity, 2]) {
        const { files } = await filesAt(file);
        let seen = 0;
        for await (const { pieces } of files) {
          for await (const piece of pieces) seen += piece.length === 0 ? 0 : 1;
          if (seen >= most) break;
        }
        expect(seen).to.equal(Math.min(most, 3));
        expect(opened()).to.deep.equal([]);
      }
    });
  });

  it('may be in groups, each with shards of its own', () =>
    withTempFolder(async (folder) => {
      const files = filesOf(smallModel(), [1, 9, 20]);
      const [group] = files.json.weightsManifest;
      const [scale, offset, bias] = group?.weights as [object, object, object];
      files.json.weightsManifest = [
        { paths: ['shard1.bin'], weights: [scale as never] },
        { paths: ['shard2.bin', 'shard3.bin', 'shard4.bin'], weights: [offset as never, bias as never] },
        { paths: [], weights: [] },
      ];
      expect(toArtifacts(await loadModel(writeFiles(folder, files)))).to.deep.equal(expected);
    }));

  it('may be in groups whose borders are not those of the shards, as TensorFlow.js allows', () =>
    withTempFolder(async (folder) => {
      const files = filesOf(smallModel(), [5]);
      const [group] = files.json.weightsManifest;
      const [scale, ...others] = group?.weights as [object, object, object];
      files.json.weightsManifest = [
        { paths: ['shard1.bin'], weights: [scale as never] },
        { paths: ['shard2.bin'], weights: others as never },
      ];
      const file = writeFiles(folder, files);
      const stock = await tf.loadGraphModel(fileHandler(file));
      stock.dispose();
      expect(toArtifacts(await loadModel(file))).to.deep.equal(expected);
    }));

  it('are found by path, folder and file URL, in subfolders, and whatever query their paths have', () =>
    withTempFolder(async (folder) => {
      const home = path.join(folder, 'a model 100% #1');
      const files = filesOf(smallModel(), [10]);
      const { json, shards } = files;
      groupOf(files).paths = ['./data/shard1.bin?alt=media', 'data/shard2.bin'];
      const [one, two] = [...shards.values()] as [Uint8Array, Uint8Array];
      const file = writeFiles(home, {
        json,
        shards: new Map([
          ['data/shard1.bin', one],
          ['data/shard2.bin', two],
        ]),
      });
      for (const place of [
        file,
        home,
        `${home}${path.sep}`,
        pathToFileURL(file).href,
        pathToFileURL(home).href,
      ]) {
        const model = await loadModel(place);
        expect(toArtifacts(model), place).to.deep.equal(expected);
        expect(model.source.location).to.equal(file);
        expect(model.source.kind).to.equal('graph-model');
      }
    }));

  it('may lie apart from the model.json when told where', () =>
    withTempFolder(async (folder) => {
      const { json, shards } = filesOf(smallModel());
      const apart = path.join(folder, 'apart');
      writeFiles(apart, { json, shards });
      const file = writeFiles(path.join(folder, 'model'), { json, shards: new Map() });
      const model = await loadModel(file, { weightPathPrefix: apart });
      expect(toArtifacts(model)).to.deep.equal(expected);
    }));

  it('give views on one shard, and copies only where a weight spans two', () =>
    withTempFolder(async (folder) => {
      const file = writeFiles(folder, filesOf(smallModel(), [20]));
      const { weights } = await loadModel(file);
      const [scale, offset, bias] = ['scale', 'offset', 'bias'].map((name) => weights.need(name).bytes);
      // 9 of the first 20 bytes are whole weights: less than half, so they were copied out.
      expect(scale?.buffer).to.not.equal(offset?.buffer);
      expect(bias?.buffer.byteLength).to.equal(16);
      const whole = await loadModel(writeFiles(path.join(folder, 'whole'), filesOf(smallModel())));
      const buffers = new Set(
        Array.from(whole.weights, ([, weight]: readonly [string, Weight]) => weight.bytes.buffer),
      );
      expect(buffers.size).to.equal(1);
    }));

  it('of strings may be cut anywhere', () =>
    withTempFolder(async (folder) => {
      const model = smallModel();
      const words = ['ä', '', 'long enough to span', '🙂'];
      const weights = model.weights.with(new Map([['offset', Weight.of(words, [2, 2])]]));
      const { weightData } = toArtifacts(model.with({ weights }));
      const length = (weightData as ArrayBuffer).byteLength;
      for (let i = 0; i <= length; i++) {
        const files = filesOf(model.with({ weights }), [i, Math.min(i + 3, length)]);
        const read = await loadModel(writeFiles(path.join(folder, `${i}`), files));
        expect(read.weights.need('offset').values(), `cut at ${i}`).to.deep.equal(words);
        expect(read.weights.need('bias').bytes).to.deep.equal(model.weights.need('bias').bytes);
      }
    }));

  it('may hold weights without elements, and no weights at all', () =>
    withTempFolder(async (folder) => {
      const model = smallModel();
      const weights = model.weights.with(
        new Map([
          ['scale', Weight.of(new Float32Array(0), [0, 4])],
          ['bias', Weight.of([], [0])],
        ]),
      );
      const read = await loadModel(writeFiles(folder, filesOf(model.with({ weights }))));
      expect(read.weights.need('scale').shape).to.deep.equal([0, 4]);
      expect(read.weights.need('bias').values()).to.deep.equal([]);
      const json = {
        modelTopology: {
          node: [
            { name: 'x', op: 'Placeholder' },
            { name: 'y', op: 'Relu', input: ['x'] },
          ],
        },
      };
      const bare = writeFiles(path.join(folder, 'bare'), { json: json as never, shards: new Map() });
      expect((await loadModel(bare)).weights.size).to.equal(0);
    }));

  it('report progress and stop when asked', () =>
    withTempFolder(async (folder) => {
      const file = writeFiles(folder, filesOf(smallModel(), [10]));
      const events: unknown[] = [];
      await loadModel(file, { progress: (event) => events.push(event) });
      expect(events).to.deep.equal([
        { task: 'read weights', done: 10, total: 25 },
        { task: 'read weights', done: 25, total: 25 },
      ]);
      const stop = new AbortController();
      await expectCode('aborted', () =>
        loadModel(file, { signal: stop.signal, progress: () => stop.abort(new Error('enough')) }),
      );
      await expectCode('aborted', () => loadModel(file, { signal: stop.signal }));
    }));
});

describe('fileHandler', () => {
  it('lets stock TensorFlow.js load and save graph models without tfjs-node', () =>
    withTempFolder(async (folder) => {
      const file = writeFiles(path.join(folder, 'in'), filesOf(smallModel(), [7]));
      const stock = await tf.loadGraphModel(fileHandler(file));
      const out = path.join(folder, 'out');
      await stock.save(fileHandler(out, { shardBytes: 8 }));
      const x = tf.tensor2d([[1, 2, 3, -4]]);
      const y = stock.predict(x) as tf.Tensor;
      expect(Array.from(y.dataSync())).to.deep.equal(smallOutput([1, 2, 3, -4]));
      tf.dispose([x, y]);
      stock.dispose();
      expect(fs.readdirSync(out)).to.have.lengthOf(1 + Math.ceil(25 / 8));
      expect(toArtifacts(await loadModel(out))).to.deep.equal(expected);
    }));

  it('lets stock TensorFlow.js load and save layers models', () =>
    withTempFolder(async (folder) => {
      await expectNoLeak(async () => {
        const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] })] });
        model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
        const out = path.join(folder, 'layers');
        await model.save(fileHandler(out, { overwrite: true }));
        const again = await tf.loadLayersModel(fileHandler(pathToFileURL(out).href));
        const [a, b] = [model, again].map((m) =>
          m.getWeights().map((weight) => Array.from(weight.dataSync())),
        );
        expect(b).to.deep.equal(a);
        model.dispose();
        again.dispose();
      });
    }));

  it('keeps the encoding of a live graph model', () =>
    withTempFolder(async (folder) => {
      const stock = await tf.loadGraphModel(fileHandler(writeFiles(folder, filesOf(smallModel(), [3, 9]))));
      const model = await loadModel(stock);
      stock.dispose();
      expect(toArtifacts(model)).to.deep.equal(expected);
    }));
});

describe('artifacts in memory', () => {
  const data = expected.weightData as ArrayBuffer;
  const { weightData: _, ...rest } = expected;
  const parts = cutAt(new Uint8Array(data), [4, 15]).map((part) => part.slice().buffer);
  const stream = (): ReadableStream<ArrayBuffer> =>
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(part);
        controller.close();
      },
    });
  const forms: [string, tf.io.ModelArtifacts][] = [
    ['one buffer', expected],
    ['several buffers', { ...rest, weightData: parts }],
    ['a stream', { ...rest, getWeightStream: stream }],
  ];
  for (const [what, artifacts] of forms) {
    it(`are read from ${what}, directly and through handlers`, async () => {
      for (const source of [artifacts, tf.io.fromMemory(artifacts), tf.io.fromMemorySync(artifacts)]) {
        expect(toArtifacts(await loadModel(source))).to.deep.equal(expected);
      }
    });
  }

  it('are saved through a handler', async () => {
    let given: tf.io.ModelArtifacts | undefined;
    const handler = tf.io.withSaveHandler((artifacts) => {
      given = artifacts;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
      });
    });
    const { files, bytes } = await saveModel(smallModel(), handler);
    expect(given).to.deep.equal(expected);
    expect(files).to.deep.equal([]);
    expect(bytes).to.equal(25 + JSON.stringify(expected.modelTopology).length);
  });

  it('are not changed by reading', async () => {
    const before = JSON.stringify(expected);
    await loadModel(expected);
    expect(JSON.stringify(expected)).to.equal(before);
  });
});
