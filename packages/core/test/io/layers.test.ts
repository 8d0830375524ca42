import * as tf from '@tensorflow/tfjs';
import { fileHandler, loadModel, toArtifacts, type JsonObject, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, maxDifference, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** A convolution, batch norm and dense layer with seeded weights. */
function smallCnn(): tf.LayersModel {
  const seeded = (seed: number) => tf.initializers.randomUniform({ minval: -1, maxval: 1, seed });
  return tf.sequential({
    name: 'cnn',
    layers: [
      tf.layers.conv2d({
        name: 'conv',
        inputShape: [6, 6, 2],
        filters: 4,
        kernelSize: 3,
        kernelInitializer: seeded(1),
      }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ name: 'dense', units: 3, kernelInitializer: seeded(2), biasInitializer: seeded(3) }),
    ],
  });
}

/** What `model.save` gives, as plain JSON but for the weights. */
async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((given) => {
      artifacts = given;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
      });
    }),
  );
  return structuredClone(artifacts) as tf.io.ModelArtifacts;
}

/** Artifacts of {@link smallCnn}, each weight put under a name of the test's choosing. */
async function renamed(rename: (name: string, index: number) => string): Promise<tf.io.ModelArtifacts> {
  const model = smallCnn();
  const artifacts = await artifactsOf(model);
  model.dispose();
  (artifacts.weightSpecs as tf.io.WeightsManifestEntry[]).forEach(
    (spec, i) => (spec.name = rename(spec.name, i)),
  );
  return artifacts;
}

const messages = (model: Model): string[] => (model.source.notes ?? []).map(({ message }) => message);

/** Weights of a model that are as large as those of the file or larger than a scalar. */
const weightsOf = (model: Model): [string, number[]][] =>
  Array.from(model.weights, ([name, weight]): [string, number[]] => [name, Array.from(weight.numbers())]);

describe('layers models', () => {
  it('become graphs whose results are those of the layers', async () => {
    const layers = smallCnn();
    const x = tf.randomUniform([2, 6, 6, 2], -1, 1, 'float32', 4);
    const expected = layers.predict(x) as tf.Tensor;
    const model = await loadModel(await artifactsOf(layers));
    const stock = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
    const actual = stock.predict(x) as tf.Tensor;
    expect(maxDifference(actual.dataSync(), expected.dataSync())).to.equal(0);
    stock.dispose();
    layers.dispose();
    tf.dispose([x, expected, actual]);
  });

  it('keep uint8, uint16 and float16 weights as they are stored', async () => {
    const artifacts = await renamed((name) => name);
    const specs = artifacts.weightSpecs as tf.io.WeightsManifestEntry[];
    const kinds = ['uint8', 'float16', 'uint16'] as const;
    let bytes = 0;
    specs.forEach((spec, i) => {
      const dtype = kinds[i % 3] as 'uint8';
      spec.quantization = dtype === ('float16' as string) ? { dtype } : { dtype, scale: 0.01, min: -1 };
      bytes += spec.shape.reduce((a, b) => a * b, 1) * (dtype === 'uint8' ? 1 : 2);
    });
    artifacts.weightData = Uint8Array.from({ length: bytes }, (_, i) => (i * 37) % 120).buffer;
    const model = await loadModel(artifacts);
    const written = toArtifacts(model);
    for (const spec of specs) {
      const found = written.weightSpecs?.find(({ name }) => name === spec.name);
      expect(found?.quantization).to.deep.include(spec.quantization);
    }
    expect((written.weightData as ArrayBuffer).byteLength - bytes).to.be.within(0, 256);
  });

  it('leak no tensors, whether they load or not', () =>
    expectNoLeak(async () => {
      const artifacts = await renamed((name) => name);
      await loadModel(artifacts);
      const bad = structuredClone(artifacts);
      const layers = configOf(bad)['layers'] as JsonObject[];
      (layers[3] as { class_name: string }).class_name = 'Unheard';
      await expectCode('io/format', () => loadModel(bad));
    }));

  it('may be read several at a time, a bad one among them', () =>
    expectNoLeak(async () => {
      const artifacts = await renamed((name) => name);
      const bad = structuredClone(artifacts);
      ((configOf(bad)['layers'] as object[])[3] as { class_name: string }).class_name = 'Unheard';
      const reading = [artifacts, bad, artifacts, bad, artifacts].map((source) => loadModel(source));
      const results = await Promise.allSettled(reading);
      const states = results.map(({ status }) => status);
      expect(states).to.deep.equal(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    }));

  it('are read from a live model, too', async () => {
    const live = smallCnn();
    const fromFile = await loadModel(await artifactsOf(live));
    expect(weightsOf(await loadModel(live))).to.deep.equal(weightsOf(fromFile));
    live.dispose();
  });

  it('of a file with the state of an optimizer leave it out', () =>
    withTempFolder(async (folder) => {
      const model = smallCnn();
      model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
      const [x, y] = [tf.zeros([1, 6, 6, 2]), tf.zeros([1, 3])];
      await model.trainOnBatch(x, y);
      await model.save(fileHandler(`${folder}/out`), { includeOptimizer: true });
      const read = await loadModel(`${folder}/out`);
      expect(messages(read)).to.deep.equal([]);
      expect([...read.weights.names()].filter((name) => /adam|iter/i.test(name))).to.deep.equal([]);
      tf.dispose([x, y]);
      model.dispose();
    }));

  it('keep the metadata of their file', async () => {
    const model = smallCnn();
    model.setUserDefinedMetadata({ labels: ['a', 'b'] });
    const read = await loadModel(await artifactsOf(model));
    model.dispose();
    expect(toArtifacts(read).userDefinedMetadata).to.deep.equal({ labels: ['a', 'b'] });
  });
});

describe('names of stored weights', () => {
  let expected: [string, number[]][];
  before(async () => {
    expected = weightsOf(await loadModel(await renamed((name) => name)));
  });

  const spellings: [
    what: string,
    rename: (name: string, index: number) => string,
    says: RegExp | undefined,
  ][] = [
    ['with the name of the model in front', (name) => `cnn/${name}`, undefined],
    ['with the name of a cell inside', (name) => name.replace('/', '/cell/'), undefined],
    [
      'numbered as Keras 3 does',
      (name) => `_backbone/${name.split('/')[0]}/vars/${NUMBERS[name]}`,
      undefined,
    ],
    [
      'without the layer',
      (name) => name.replace(/^(conv|dense)\/(kernel)$/, (_, layer) => `${layer}/w`),
      /order and shape/,
    ],
    ['that say nothing', (_, index) => `w${index}`, /order and shape/],
  ];
  const NUMBERS: Record<string, number> = {
    'conv/kernel': 0,
    'conv/bias': 1,
    'norm/gamma': 0,
    'norm/beta': 1,
    'norm/moving_mean': 2,
    'norm/moving_variance': 3,
    'dense/kernel': 0,
    'dense/bias': 1,
  };
  for (const [what, rename, says] of spellings) {
    it(`${what} lead to the right weights`, async () => {
      const model = await loadModel(await renamed(rename));
      expect(weightsOf(model)).to.deep.equal(expected);
      if (says === undefined) expect(messages(model)).to.deep.equal([]);
      else expect(messages(model).join()).to.match(says);
    });
  }

  it('of which one is missing are refused, naming it', async () => {
    const artifacts = await renamed((name) => name);
    const specs = artifacts.weightSpecs as tf.io.WeightsManifestEntry[];
    const last = specs.pop() as tf.io.WeightsManifestEntry;
    const data = artifacts.weightData as ArrayBuffer;
    artifacts.weightData = data.slice(0, data.byteLength - 4 * last.shape.reduce((a, b) => a * b, 1));
    const error = await expectCode('io/manifest', () => loadModel(artifacts));
    expect(error.message).to.include(last.name);
  });

  it('of which one is too many are told', async () => {
    const artifacts = await renamed((name) => name);
    artifacts.weightSpecs?.push({ name: 'extra/kernel', shape: [1], dtype: 'float32' });
    const joined = new Uint8Array((artifacts.weightData as ArrayBuffer).byteLength + 4);
    joined.set(new Uint8Array(artifacts.weightData as ArrayBuffer));
    const model = await loadModel({ ...artifacts, weightData: joined.buffer });
    expect(messages(model)).to.deep.equal(['no layer asks for the stored weight extra/kernel: left out']);
    expect(weightsOf(model)).to.deep.equal(expected);
  });
});

/** The configuration of a model's layers, to be spoilt. */
function configOf(artifacts: tf.io.ModelArtifacts): Record<string, unknown> {
  const topology = artifacts.modelTopology as Record<string, unknown>;
  const model = (topology['model_config'] ?? topology) as { config: Record<string, unknown> };
  return model.config;
}

describe('layers that cannot be built', () => {
  /** Two inputs, added. */
  async function functional(): Promise<tf.io.ModelArtifacts> {
    const [a, b] = [1, 2].map((i) => tf.input({ shape: [3], name: `in${i}` })) as [
      tf.SymbolicTensor,
      tf.SymbolicTensor,
    ];
    const sum = tf.layers.add({ name: 'sum' }).apply([a, b]) as tf.SymbolicTensor;
    const out = tf.layers.reLU({ name: 'out' }).apply(sum) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: out });
    const artifacts = await artifactsOf(model);
    model.dispose();
    return artifacts;
  }
  const layerOf = (artifacts: tf.io.ModelArtifacts, name: string): Record<string, unknown> =>
    (configOf(artifacts)['layers'] as Record<string, unknown>[]).find((layer) => layer['name'] === name) ??
    {};

  it('because one is called with a layer that is not there are refused, not searched for forever', async () => {
    const artifacts = await functional();
    layerOf(artifacts, 'out')['inbound_nodes'] = [[['nobody', 0, 0, {}]]];
    const error = await expectCode('io/format', () => loadModel(artifacts));
    expect(error.message).to.include("'out'").and.to.include("'nobody'");
  });

  it('because they wait for each other are refused', async () => {
    const artifacts = await functional();
    layerOf(artifacts, 'sum')['inbound_nodes'] = [
      [
        ['in1', 0, 0, {}],
        ['out', 0, 0, {}],
      ],
    ];
    await expectCode('io/format', () => loadModel(artifacts));
  });

  it('because a call of a layer is never made are refused', async () => {
    const artifacts = await functional();
    layerOf(artifacts, 'out')['inbound_nodes'] = [[['sum', 7, 0, {}]]];
    await expectCode('io/format', () => loadModel(artifacts));
  });

  it('because a layer is called with nothing are refused', async () => {
    const artifacts = await functional();
    layerOf(artifacts, 'sum')['inbound_nodes'] = [[]];
    await expectCode('io/format', () => loadModel(artifacts));
  });

  it('because there are none are refused', async () => {
    const modelTopology = { class_name: 'Sequential', config: { name: 'empty', layers: [] } };
    const error = await expectCode('io/format', () => loadModel({ modelTopology, weightSpecs: [] }));
    expect(error.message).to.include('without inputs');
  });

  it('because two have one name are refused, wherever it stands', async () => {
    for (const place of ['name', 'config']) {
      const artifacts = await functional();
      const layer = layerOf(artifacts, 'in2');
      if (place === 'name') layer['name'] = 'in1';
      else (layer['config'] as Record<string, unknown>)['name'] = 'in1';
      await expectCode('io/format', () => loadModel(artifacts));
    }
  });

  it('are told from models in models, shared ones too, which can', async () => {
    const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 3, inputShape: [3] })] });
    const y = tf.input({ shape: [3] });
    const other = tf.layers.dense({ units: 3 }).apply(y) as tf.SymbolicTensor;
    const block = tf.model({ inputs: y, outputs: other, name: 'block' });
    const x = tf.input({ shape: [3] });
    const twice = inner.apply(inner.apply(x)) as tf.SymbolicTensor;
    const more = inner.apply(block.apply(twice)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs: block.apply(more) as tf.SymbolicTensor });
    const read = await loadModel(await artifactsOf(model));
    expect(read.weights.size).to.be.greaterThan(3);
    model.dispose();
  });

  it('because a size is absurd are refused without allocating', async () => {
    const big = tf.sequential({
      layers: [tf.layers.upSampling2d({ inputShape: [64, 64, 3], size: [2, 2] })],
    });
    const artifacts = await artifactsOf(big);
    big.dispose();
    const [layer] = configOf(artifacts)['layers'] as [{ config: Record<string, unknown> }];
    layer.config['size'] = [1e6, 1e6];
    await expectCode('io/unsafe', () => loadModel(artifacts));
  });

  it('because a sequence is absurdly long are refused, in models in models, too', async () => {
    const inner = tf.sequential({ layers: [tf.layers.simpleRNN({ units: 1, inputShape: [5000, 1] })] });
    const outer = tf.sequential({ layers: [inner] });
    for (const model of [inner, outer]) {
      const error = await expectCode('io/unsafe', async () => loadModel(await artifactsOf(model)));
      expect(error.message).to.include('at most 2048 steps').and.to.include('5000');
    }
    outer.dispose();
  });

  it('because TensorFlow.js does not know them are named', async () => {
    const artifacts = await functional();
    layerOf(artifacts, 'out')['class_name'] = 'Swirl';
    const error = await expectCode('io/format', () => loadModel(artifacts));
    expect(error.message).to.include('Swirl').and.to.include('registerClass');
  });
});

describe('Keras 3 configurations', () => {
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'float32' },
    registered_name: null,
  };
  const tensor = (layer: string): object => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 3], dtype: 'float32', keras_history: [layer, 0, 0] },
  });
  const layer = (class_name: string, name: string, config: object, args: unknown[], kwargs = {}): object => ({
    module: 'keras.layers',
    class_name,
    config: { name, trainable: true, dtype: policy, ...config },
    registered_name: null,
    build_config: { input_shape: [null, 3] },
    name,
    inbound_nodes: args.length === 0 ? [] : [{ args, kwargs }],
  });
  const activation = {
    module: 'keras.activations',
    class_name: 'function',
    config: 'relu',
    registered_name: 'relu',
  };

  /** x → dense → relu, added to x: a functional model as Keras 3 writes it. */
  function artifacts(kwargs: object = { mask: null }): tf.io.ModelArtifacts {
    const zeros = { module: 'keras.initializers', class_name: 'Zeros', config: {}, registered_name: null };
    const dense = {
      units: 3,
      activation,
      use_bias: true,
      kernel_initializer: zeros,
      bias_initializer: zeros,
    };
    return {
      modelTopology: {
        keras_version: '3.10.0',
        backend: 'tensorflow',
        model_config: {
          class_name: 'Functional',
          config: {
            name: 'functional',
            trainable: true,
            dtype: policy,
            layers: [
              layer('InputLayer', 'x', { batch_shape: [null, 3], sparse: false }, []),
              layer('Dense', 'dense', dense, [tensor('x')], kwargs),
              layer('Add', 'add', {}, [[tensor('dense'), tensor('x')]]),
            ],
            input_layers: ['x', 0, 0],
            output_layers: [['add', 0, 0]],
          },
        },
      },
      weightSpecs: [
        { name: 'dense/kernel', shape: [3, 3], dtype: 'float32' },
        { name: 'dense/bias', shape: [3], dtype: 'float32' },
      ],
      weightData: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, -5).buffer,
    };
  }

  it('of functional models are read', async () => {
    const model = await loadModel(artifacts());
    const stock = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
    const x = tf.tensor2d([[1, -2, 3]]);
    const y = stock.predict(x) as tf.Tensor;
    expect(Array.from(y.dataSync())).to.deep.equal([2, -2, 3]);
    tf.dispose([x, y]);
    stock.dispose();
  });

  it('that pass tensors by name are refused with advice, naming the layer', async () => {
    const error = await expectCode('io/format', () => loadModel(artifacts({ value: tensor('x') })));
    expect(error.message).to.include("'dense'").and.to.include("'value'").and.to.include('SavedModel');
  });
});
