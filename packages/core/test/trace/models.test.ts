import * as tf from '@tensorflow/tfjs';
import { layerWeightNames, printGraph, traceLayersModel, Weight } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { BACKENDS, expectSame, expectSound, normal, runStock, useBackend } from './support.js';

type Symbolic = tf.SymbolicTensor;

/** Scaled dot-product attention over [batch, length, width], as a user would write it. */
class Attention extends tf.layers.Layer {
  static readonly className = 'TraceTestAttention';
  private readonly heads = 2;
  private query!: tf.LayerVariable;

  override build(shape: tf.Shape | tf.Shape[]): void {
    const width = (shape as tf.Shape).at(-1) as number;
    const init = tf.initializers.glorotUniform({ seed: 4 });
    this.query = this.addWeight('query', [width, width], 'float32', init);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor3D;
      const [batch, length, width] = x.shape;
      const split = (t: tf.Tensor): tf.Tensor =>
        tf.transpose(tf.reshape(t, [batch, length, this.heads, width / this.heads]), [0, 2, 1, 3]);
      const q = tf.reshape(
        tf.matMul(tf.reshape(x, [batch * length, width]), this.query.read() as tf.Tensor2D),
        x.shape,
      );
      const scores = tf.mul(tf.matMul(split(q), split(x), false, true), 1 / Math.sqrt(width / this.heads));
      const position = tf.range(0, length, 1, 'int32');
      const seen = tf.greaterEqual(tf.expandDims(position, 1), tf.expandDims(position, 0));
      const weights = tf.softmax(tf.where(seen, scores, tf.fill(scores.shape as [number], -1e9)));
      return tf.reshape(tf.transpose(tf.matMul(weights, split(x)), [0, 2, 1, 3]), [batch, length, width]);
    });
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
}
tf.serialization.registerClass(Attention);

async function expectEqual(model: tf.LayersModel, inputs: tf.Tensor[], options = {}): Promise<void> {
  const before = tf.memory().numTensors;
  const traced = traceLayersModel(model, options);
  expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
  expectSound(traced);
  const predicted = model.predict(inputs);
  const expected = Array.isArray(predicted) ? predicted : [predicted];
  const actual = await runStock(traced, inputs);
  expect(actual.length).to.equal(expected.length);
  expected.forEach((tensor, i) => expectSame(actual[i] as tf.Tensor, tensor, `output ${i}`));
}

const dense = (name: string, units = 3): tf.layers.Layer =>
  tf.layers.dense({ name, units, activation: 'tanh' });

function nested(): tf.LayersModel {
  const inside = tf.input({ shape: [4], name: 'inside' });
  const inner = tf.model({ name: 'inner', inputs: inside, outputs: dense('a', 4).apply(inside) as Symbolic });
  const input = tf.input({ shape: [4], name: 'x' });
  const twice = inner.apply(inner.apply(input)) as Symbolic;
  return tf.model({ inputs: input, outputs: dense('head').apply(twice) as Symbolic });
}

for (const backend of BACKENDS) {
  describe(`trace: models, equal bit for bit at sizes no trace saw, on ${backend}`, () => {
    before(() => useBackend(backend));

    it('a nested model that is used twice, one constant per weight', async () => {
      const model = nested();
      await expectEqual(model, [normal([3, 4], 1)]);
      const { graph, weights } = traceLayersModel(model);
      expect([...weights.names()]).to.deep.equal(['a/kernel', 'a/bias', 'head/kernel', 'head/bias']);
      const named = [...graph]
        .filter(({ op }) => op === '_FusedMatMul' || op === 'Tanh')
        .map(({ name }) => name);
      expect(named.every((name) => name.startsWith('inner/a/') || name.startsWith('head/'))).to.equal(true);
    });

    it('several inputs and outputs, and a layer used twice that is an output twice', async () => {
      const a = tf.input({ shape: [4], name: 'left' });
      const b = tf.input({ shape: [4], name: 'right' });
      const shared = dense('shared', 4);
      const [one, two] = [shared.apply(a) as Symbolic, shared.apply(b) as Symbolic];
      const sum = tf.layers.add({ name: 'sum' }).apply([one, two]) as Symbolic;
      const model = tf.model({ inputs: [a, b], outputs: [sum, one, two] });
      await expectEqual(model, [normal([3, 4], 1), normal([3, 4], 2)]);
      const { signature } = traceLayersModel(model);
      expect(signature.inputs.map(({ key }) => key)).to.deep.equal(['left', 'right']);
      expect(signature.outputs.map(({ key }) => key)).to.deep.equal(['sum', 'shared', 'shared_1']);
    });

    it('a fully convolutional network at unknown height and width', async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape: [null, null, 3],
            filters: 4,
            kernelSize: 3,
            strides: 2,
            activation: 'relu',
          }),
          tf.layers.batchNormalization({}),
          tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
          tf.layers.upSampling2d({ size: [2, 2] }),
          tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
        ],
      });
      await expectEqual(model, [normal([2, 17, 22, 3], 1)]);
    });

    it('a U-Net, whose sizes must be multiples of a power of two', async () => {
      const input = tf.input({ shape: [null, null, 2] });
      const conv = (x: Symbolic, filters: number): Symbolic =>
        tf.layers
          .conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' })
          .apply(x) as Symbolic;
      const first = conv(input, 3);
      const second = conv(tf.layers.maxPooling2d({ poolSize: 2 }).apply(first) as Symbolic, 4);
      const deep = conv(tf.layers.maxPooling2d({ poolSize: 2 }).apply(second) as Symbolic, 5);
      const up = (x: Symbolic, skip: Symbolic): Symbolic =>
        tf.layers
          .concatenate()
          .apply([tf.layers.upSampling2d({ size: [2, 2] }).apply(x) as Symbolic, skip]) as Symbolic;
      const model = tf.model({ inputs: input, outputs: conv(up(conv(up(deep, second), 4), first), 1) });
      await expectEqual(model, [normal([2, 12, 20, 2], 1)]);
    });

    it("a user's attention layer with a causal mask, at unknown length", async () => {
      const input = tf.input({ shape: [null, 6] });
      const attended = new Attention({ name: 'attention' }).apply(input) as Symbolic;
      const model = tf.model({
        inputs: input,
        outputs: tf.layers.layerNormalization({}).apply(attended) as Symbolic,
      });
      await expectEqual(model, [normal([3, 9, 6], 1)]);
    });

    it('a recurrent network of unknown length, once it is given a length', async () => {
      const model = tf.sequential({
        layers: [
          tf.layers.embedding({
            inputDim: 30,
            outputDim: 4,
            inputShape: [null],
            maskZero: true,
            name: 'words',
          }),
          tf.layers.lstm({ units: 5, returnSequences: true, recurrentInitializer: 'glorotUniform' }),
          tf.layers.gru({ units: 3, recurrentInitializer: 'glorotUniform' }),
        ],
      });
      model.build();
      const [name] = model.inputNames as [string];
      const tokens = tf.tensor2d([1, 2, 3, 0, 0, 9, 8, 7, 6, 0], [2, 5]);
      await expectEqual(model, [tokens], { inputShapes: { [name]: [null, 5] } });
    });

    it('a model whose batch is fixed', async () => {
      const input = tf.input({ batchShape: [4, 5] });
      const model = tf.model({ inputs: input, outputs: dense('d').apply(input) as Symbolic });
      expect(traceLayersModel(model).signature.inputs[0]?.shape).to.deep.equal([4, 5]);
      await expectEqual(model, [normal([4, 5], 1)]);
    });

    it('a batch of one', async () => {
      const model = nested();
      await expectEqual(model, [normal([1, 4], 1)]);
    });
  });
}

describe('trace: weights of layers models', () => {
  before(() => useBackend('cpu'));

  it('gives every constant the name of its weight, so that values can be written back', () => {
    const model = nested();
    const names = layerWeightNames(model);
    const { weights } = traceLayersModel(model);
    expect([...weights.names()]).to.deep.equal([...names.keys()]);
    for (const [name, variable] of names) {
      const values = weights.need(name).values() as Float32Array;
      expect([...values]).to.deep.equal([...variable.read().dataSync()]);
      expect(values, 'data of its own').to.not.equal(variable.read().dataSync());
    }
  });

  it('keeps weights of one name apart', () => {
    const block = (): tf.LayersModel => {
      const x = tf.input({ shape: [2] });
      return tf.model({ inputs: x, outputs: dense('same', 2).apply(x) as Symbolic });
    };
    const input = tf.input({ shape: [2] });
    const model = tf.model({ inputs: input, outputs: block().apply(block().apply(input)) as Symbolic });
    expect([...layerWeightNames(model).keys()]).to.deep.equal([
      'same/kernel',
      'same/bias',
      'same/kernel_1',
      'same/bias_1',
    ]);
    expect(new Set(traceLayersModel(model).weights.names()).size).to.equal(4);
  });

  it('takes stored weights that fit instead of the values in memory', () => {
    const stored = Weight.of(new Float32Array(16).fill(7), [4, 4]);
    const wrong = Weight.of(new Float32Array(3), [3]);
    const found = new Map([
      ['a/kernel', stored],
      ['a/bias', wrong],
    ]);
    const { weights } = traceLayersModel(nested(), { stored: found });
    expect(weights.need('a/kernel')).to.equal(stored);
    expect(weights.need('a/bias')).to.not.equal(wrong);
  });

  it('writes a graph that reads as the layers do', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ name: 'conv', inputShape: [8, 8, 1], filters: 2, kernelSize: 3, useBias: false }),
        tf.layers.batchNormalization({ name: 'bn' }),
        tf.layers.reLU({ name: 'relu' }),
        tf.layers.globalAveragePooling2d({ name: 'pool' }),
        tf.layers.dense({ name: 'head', units: 2, activation: 'softmax' }),
      ],
    });
    const nodes = [...traceLayersModel(model).graph]
      .filter(({ op }) => op !== 'Const')
      .map(({ name }) => name);
    expect(nodes.slice(1)).to.deep.equal([
      'conv/Conv2D',
      'bn/FusedBatchNormV3',
      'relu/Relu',
      'pool/Mean',
      'head/MatMul',
      'head/BiasAdd',
      'head/Softmax',
    ]);
    expect(printGraph(traceLayersModel(model).graph)).to.be.a('string');
  });
});
