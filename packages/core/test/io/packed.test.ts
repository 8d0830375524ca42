import * as tf from '@tensorflow/tfjs';
import {
  Graph,
  loadModel,
  modelDigest,
  saveModel,
  savedBytes,
  toArtifacts,
  verifyGraph,
  Weight,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, runStock, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { biasedModel, integerModel, KERNEL, productModel, SCALES, toldType } from './packed-model.js';
import { smallModel } from './small-model.js';

const X = [1, -2, 0.5, 4, 0, 0, 1, 0];

interface Json {
  userDefinedMetadata?: Record<string, unknown>;
  modelTopology: { node: { name: string; op: string; input?: string[]; attr?: object }[] };
  weightsManifest: { paths: string[]; weights: { name: string; dtype: string; quantization?: object }[] }[];
}

function readJson(folder: string): Json {
  return JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8')) as Json;
}

/** Saves a model, changes its files and loads it. */
function withChanged<T>(
  model: Model,
  change: (json: Json, bytes: Uint8Array) => void,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  return withTempFolder(async (temp) => {
    const folder = path.join(temp, 'model');
    await saveModel(model, folder);
    const json = readJson(folder);
    const file = path.join(folder, json.weightsManifest[0]?.paths[0] as string);
    const bytes = new Uint8Array(fs.readFileSync(file));
    change(json, bytes);
    fs.writeFileSync(file, bytes);
    fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
    return use(folder);
  });
}

async function run(model: Model): Promise<number[]> {
  const x = tf.tensor2d(X, [2, 4]);
  const [y] = await model.runAsync(x);
  const values = [...((await y?.data()) as Float32Array)];
  tf.dispose([x, y]);
  model.dispose();
  return values;
}

/** The model with these values as plain weights. */
function withPlain(model: Model, values: Readonly<Record<string, Float32Array>>): Model {
  const plain = Object.entries(values).map(([name, array]): [string, Weight] => [
    name,
    Weight.of(array, model.weights.need(name).shape),
  ]);
  return model.with({ weights: model.weights.with(new Map(plain)) });
}

/** Whole numbers by scales, each product rounded once. */
const KERNEL_VALUES = Float32Array.from(KERNEL, (value, i) => value * (SCALES[i % 3] as number));

describe('packed weights', () => {
  const models: Readonly<Record<string, () => Model>> = { productModel, biasedModel, integerModel };

  for (const [name, make] of Object.entries(models)) {
    it(`${name} comes back as it was, and is written as the same bytes again`, () =>
      withTempFolder(async (temp) => {
        const model = make();
        const [once, twice] = [path.join(temp, 'once'), path.join(temp, 'twice')];
        const { bytes } = await saveModel(model, once);
        expect(savedBytes(model)).to.equal(bytes);
        const read = await loadModel(once);
        expect(read.stage).to.equal(model.stage);
        expect(verifyGraph(read).violations).to.deep.equal([]);
        for (const [weight, { dtype, shape, encoding, bytes: stored }] of model.weights) {
          const again = read.weights.need(weight);
          expect([again.dtype, again.shape, again.encoding]).to.deep.equal([dtype, shape, encoding]);
          expect([...again.bytes]).to.deep.equal([...stored]);
          expect(toldType(read, weight)).to.equal(`DT_${dtype === 'int32' ? 'INT32' : 'FLOAT'}`);
        }
        await saveModel(read, twice);
        for (const file of fs.readdirSync(once)) {
          expect(fs.readFileSync(path.join(twice, file), 'latin1')).to.equal(
            fs.readFileSync(path.join(once, file), 'latin1'),
          );
        }
        expect(modelDigest(await loadModel(twice))).to.equal(modelDigest(read));
      }));

    it(`${name} goes through an IOHandler packed`, async () => {
      let given: tf.io.ModelArtifacts | undefined;
      const handler = tf.io.withSaveHandler((artifacts) => {
        given = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      });
      await saveModel(make(), handler);
      const read = await loadModel(given as tf.io.ModelArtifacts);
      for (const [weight, { encoding }] of make().weights) {
        expect(read.weights.need(weight).encoding).to.deep.equal(encoding);
      }
    });
  }

  it('run with exactly the values that they stand for', async () => {
    const plain = withPlain(productModel(), { kernel: KERNEL_VALUES });
    expect(await run(productModel())).to.deep.equal(await run(plain));
    const bias = Float32Array.of(1.5, -2, 1024);
    const biased = withPlain(biasedModel(), { kernel: KERNEL_VALUES, bias });
    expect(await run(biasedModel())).to.deep.equal(await run(biased));
    // (q - 3) / 2 and all sums of it are float32 numbers.
    const sums = [0, 1].flatMap((example) =>
      [-128, 0, 127].map((few, channel) =>
        [0, 1, 2, 3].reduce((sum, row) => {
          return sum + (X[4 * example + row] as number) * ((KERNEL[3 * row + channel] as number) - 3) * 0.5;
        }, few),
      ),
    );
    expect(await run(integerModel())).to.deep.equal(sums);
  });

  it('stay bytes in memory where ops of integers read them', () => {
    const { weightSpecs } = toArtifacts(integerModel());
    expect(weightSpecs?.map(({ name, dtype }) => [name, dtype])).to.deep.equal([
      ['kernel', 'bool'],
      ['few', 'int32'],
    ]);
  });

  it('count in files and reports what they take', () => {
    const model = productModel();
    expect(model.weights.need('kernel').storedBytes).to.equal(12 + 3 * 4);
    expect(model.toString()).to.contain('24 B of weights');
    expect(model.summary()).to.contain('24 B stored');
  });

  it('leave files of other models without a word of them', () => {
    const metadata = toArtifacts(smallModel()).userDefinedMetadata ?? {};
    expect(metadata).not.to.have.property('tfjsOptimizePacked');
    expect(Object.keys(toArtifacts(productModel()).userDefinedMetadata ?? {})).to.deep.equal([]);
  });

  it('keep clear of names that are taken', () =>
    withTempFolder(async (temp) => {
      const model = productModel();
      const extra = Weight.of(Float32Array.of(1), [1]);
      const graph = model.graph;
      const named = model.with({
        graph: new Graph(
          [...graph].flatMap((node) =>
            node.name === 'y'
              ? [
                  { name: 'kernel/int8', op: 'Const', inputs: [], controls: [], attrs: {} },
                  { ...node, name: 'product' },
                  { name: 'y', op: 'AddV2', inputs: ['product', 'kernel/int8'], controls: [], attrs: {} },
                ]
              : [node],
          ),
          graph.inputs,
          graph.outputs,
        ),
        weights: model.weights.with(new Map([['kernel/int8', extra]])),
      });
      const folder = path.join(temp, 'model');
      await saveModel(named, folder);
      const read = await loadModel(folder);
      expect([...read.graph].map(({ name }) => name)).to.have.members([
        ...graph.nodes.keys(),
        'kernel/int8',
        'product',
      ]);
      expect(await run(read)).to.deep.equal(
        (await run(productModel())).map((value) => Math.fround(value + 1)),
      );
    }));

  describe('in stock TensorFlow.js without the runtime', function () {
    this.timeout(60_000);

    it('with a scale for each channel give the very same outputs', () =>
      withTempFolder(async (temp) => {
        const folder = path.join(temp, 'model');
        await saveModel(productModel(), folder);
        const { runs, leaked } = await runStock({
          model: path.join(folder, 'model.json'),
          runs: [[{ dtype: 'float32', shape: [2, 4], data: X }]],
        });
        expect(leaked).to.equal(0);
        expect([...(runs[0]?.[0]?.data as Float32Array)]).to.deep.equal(await run(productModel()));
      }));

    it('are refused where their bytes are streamed, too', async () => {
      let given: tf.io.ModelArtifacts = {};
      await saveModel(
        integerModel(),
        tf.io.withSaveHandler((artifacts) => {
          given = artifacts;
          return Promise.resolve({
            modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
          });
        }),
      );
      const { weightData, ...rest } = given;
      const getWeightStream = (): ReadableStream<ArrayBuffer> =>
        new ReadableStream({
          start: (stream) => {
            stream.enqueue(weightData as ArrayBuffer);
            stream.close();
          },
        });
      const loading = tf.loadGraphModel({ load: () => Promise.resolve({ ...rest, getWeightStream }) });
      const error = await loading.then(String, (reason: unknown) => (reason as Error).message);
      expect(error).to.contain('unknown quantization dtype @tfjs-optimize/runtime:int8');
    });

    for (const [kind, make] of [
      ['int8', integerModel],
      ['bfloat16', biasedModel],
    ] as const) {
      it(`in ${kind} are refused with the name of what to import`, () =>
        withTempFolder(async (temp) => {
          const folder = path.join(temp, 'model');
          await saveModel(make(), folder);
          const error = await runStock({ model: path.join(folder, 'model.json'), runs: [] }).then(
            () => undefined,
            (reason: unknown) => reason as Error,
          );
          expect(error?.message).to.contain(`unknown quantization dtype @tfjs-optimize/runtime:${kind}`);
        }));
    }
  });

  describe('that are bad', () => {
    const packed = (json: Json): Record<string, unknown> =>
      json.userDefinedMetadata?.['tfjsOptimizePacked'] as Record<string, unknown>;
    const weights = (json: Json): Record<string, object> => packed(json)['weights'] as Record<string, object>;
    const node = (json: Json, name: string): Json['modelTopology']['node'][number] =>
      json.modelTopology.node.find((each) => each.name === name) as Json['modelTopology']['node'][number];

    const cases: readonly [string, string, () => Model, (json: Json, bytes: Uint8Array) => void][] = [
      ['a flipped bit', 'packed/checksum', biasedModel, (_, bytes) => void ((bytes[7] as number) ^= 4)],
      [
        'another checksum',
        'packed/checksum',
        biasedModel,
        (json) => void (packed(json)['checksum'] = { kind: 'crc32', value: '00000000' }),
      ],
      [
        'a checksum of another kind',
        'packed/metadata',
        biasedModel,
        (json) => void (packed(json)['checksum'] = { kind: 'md5', value: '0' }),
      ],
      ['a later version', 'packed/version', biasedModel, (json) => void (packed(json)['version'] = 2)],
      ['no version', 'packed/version', biasedModel, (json) => void delete packed(json)['version']],
      [
        'metadata that were lost',
        'packed/version',
        biasedModel,
        (json) => void delete json.userDefinedMetadata,
      ],
      [
        'metadata that are no object',
        'packed/metadata',
        biasedModel,
        (json) => void (json.userDefinedMetadata = { tfjsOptimizePacked: 7 }),
      ],
      [
        'another coding of a product',
        'packed/coding',
        productModel,
        (json) => void (weights(json)['kernel'] = { coding: 'int4', axis: 1 }),
      ],
      [
        'another coding of a weight',
        'packed/coding',
        biasedModel,
        (json) => {
          for (const spec of json.weightsManifest[0]?.weights ?? []) {
            if (spec.name === 'bias') spec.quantization = { dtype: '@tfjs-optimize/runtime:int4' };
          }
        },
      ],
      [
        'int8 that stand for floats',
        'io/manifest',
        integerModel,
        (json) => json.weightsManifest[0]?.weights.forEach((spec) => void (spec.dtype = 'float32')),
      ],
      [
        'an axis out of range',
        'packed/metadata',
        productModel,
        (json) => void (weights(json)['kernel'] = { coding: 'int8', axis: 2 }),
      ],
      [
        'an axis of another length',
        'packed/metadata',
        productModel,
        (json) => void (weights(json)['kernel'] = { coding: 'int8', axis: 0 }),
      ],
      [
        'no axis',
        'packed/metadata',
        productModel,
        (json) => void (weights(json)['kernel'] = { coding: 'int8' }),
      ],
      [
        'a product that is none',
        'packed/metadata',
        productModel,
        (json) => void (node(json, 'kernel').op = 'AddV2'),
      ],
      [
        'a product that is gone',
        'packed/metadata',
        productModel,
        (json) => void (weights(json)['other'] = { coding: 'int8', axis: 1 }),
      ],
      [
        'values that others read',
        'packed/metadata',
        productModel,
        (json) => void (node(json, 'y').input = ['x', 'kernel/int8']),
      ],
      [
        'values that are no constant',
        'packed/metadata',
        productModel,
        (json) => void (node(json, 'kernel/int8').op = 'Identity'),
      ],
      [
        'values without a node',
        'packed/metadata',
        productModel,
        (json) => void (node(json, 'kernel/int8').name = 'elsewhere'),
      ],
      [
        'values of another encoding',
        'packed/metadata',
        productModel,
        (json) => {
          for (const spec of json.weightsManifest[0]?.weights ?? []) {
            if (spec.name === 'kernel/int8') spec.quantization = { dtype: 'uint8', scale: 2, min: -128 };
          }
        },
      ],
    ];
    for (const [what, code, make, change] of cases) {
      it(`${what}: ${code}`, () =>
        withChanged(make(), change, async (folder) => {
          await expectCode(code, () => loadModel(folder));
        }));
    }

    it('a truncated file: io/shard', () =>
      withChanged(
        biasedModel(),
        () => undefined,
        async (folder) => {
          const file = path.join(folder, 'group1-shard1of1.bin');
          fs.truncateSync(file, fs.statSync(file).size - 1);
          await expectCode('io/shard', () => loadModel(folder));
        },
      ));

    it('are found by verifyGraph, and refused by the factories', async () => {
      const model = productModel();
      const spoilt = (weight: Weight): string[] =>
        verifyGraph(
          model.with({ weights: model.weights.with(new Map([['kernel', weight]])) }),
        ).violations.map(({ message }) => message);
      const bytes = new Uint8Array(12);
      expect(
        spoilt(Weight.stored('float32', [4, 3], { kind: 'channels', axis: 0, scales: SCALES }, bytes)),
      ).to.deep.equal(['3 scales along axis 0 for [4,3]']);
      expect(spoilt(Weight.stored('float32', [4, 3], { kind: 'int8' }, bytes))).to.deep.equal([
        'float32 stored as int8',
      ]);
      await expectCode('argument/invalid', () => Weight.int8(KERNEL, [5]));
      await expectCode('argument/invalid', () => Weight.channels(KERNEL, [4, 3], 0, SCALES));
      await expectCode('argument/invalid', () => Weight.channels(KERNEL, [4, 2], 1, SCALES));
    });
  });
});
