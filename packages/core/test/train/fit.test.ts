import { expectNoLeak, maxDifference, nets } from '@tfjs-optimize/testing';
import {
  evaluateModel,
  fit,
  GraphBuilder,
  loadModel,
  toArtifacts,
  traceFunction,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { bytesOf, examples, layersModel, SETTINGS, tracedModel } from './task.js';

const values = (model: Model, name: string): Float32Array =>
  model.weights.need(name).numbers() as Float32Array;

/** Without noise, whose numbers TensorFlow.js draws in its own way. */
function plainLayers(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 1], name: 'conv', useBias: false }),
      tf.layers.batchNormalization({ name: 'norm', momentum: 0.9 }),
      tf.layers.activation({ activation: 'relu', name: 'relu' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({
        units: 3,
        activation: 'softmax',
        kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
        biasRegularizer: tf.regularizers.l1({ l1: 0.02 }),
        name: 'scores',
      }),
    ],
  });
  return nets.seedWeights(model, 3);
}

describe('fit', function () {
  this.timeout(30_000);
  before(() => tf.setBackend('cpu'));

  it('trains a layers model as its own fit does: losses, weights, moving means, regularizers', async () => {
    const [ours, stock] = [plainLayers(), plainLayers()];
    const inputs = nets.uniformTensor([40, 6, 6, 1], 5) as tf.Tensor4D;
    const labels = tf.tensor1d(
      Array.from({ length: 40 }, (_, i) => i % 3),
      'int32',
    );
    const settings = { epochs: 3, batchSize: 16, shuffle: false };
    const result = await fit(ours, {
      ...settings,
      data: { inputs, labels },
      loss: 'crossEntropy',
      metrics: ['accuracy'],
    });
    stock.compile({
      optimizer: tf.train.adam(1e-3),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const floats = labels.toFloat();
    const { history } = await stock.fit(inputs, floats, { ...settings });
    expect(result.model).to.equal(ours);
    // The loss of tf.layers has the penalties of regularizers at each batch, too.
    const losses = result.history.map(({ numbers }) => numbers['loss'] as number);
    expect(maxDifference(losses, history['loss'] as number[])).to.be.below(1e-5);
    const accuracies = result.history.map(({ numbers }) => numbers['accuracy'] as number);
    expect(maxDifference(accuracies, history['acc'] as number[])).to.be.below(1e-6);
    ours.getWeights().forEach((weight, i) => {
      const other = stock.getWeights()[i] as tf.Tensor;
      expect(maxDifference(weight.dataSync(), other.dataSync()), String(i)).to.be.below(1e-5);
    });
    const fresh = plainLayers();
    const first = (model: tf.LayersModel): Float32Array => model.getWeights()[0]?.dataSync() as Float32Array;
    expect(maxDifference(first(ours), first(fresh))).to.be.above(1e-4);
    tf.dispose([inputs, labels, floats]);
    [ours, stock, fresh].forEach((model) => model.dispose());
  });

  it('is a loop of optimizer.minimize over the graph, bit for bit', async () => {
    const model = traceLayersModel(nets.mlp({ widths: [6, 8, 3], seed: 1 }));
    const { inputs, labels } = examples();
    const trained = await fit(model, { ...SETTINGS, metrics: [], shuffle: false, data: { inputs, labels } });
    const variables = Object.fromEntries(
      [...model.weights]
        .filter(([, { dtype }]) => dtype === 'float32')
        .map(([name, weight]) => [name, tf.variable(tf.tensor(weight.numbers(), [...weight.shape]))]),
    );
    const optimizer = tf.train.adam(SETTINGS.learningRate);
    const apply = (x: tf.Tensor): tf.Tensor => {
      const hidden = tf.relu(
        tf.add(
          tf.matMul(x as tf.Tensor2D, variables['dense_0/kernel'] as tf.Tensor),
          variables['dense_0/bias'] as tf.Tensor,
        ),
      );
      return tf.add(
        tf.matMul(hidden as tf.Tensor2D, variables['dense_1/kernel'] as tf.Tensor),
        variables['dense_1/bias'] as tf.Tensor,
      );
    };
    for (let epoch = 0; epoch < SETTINGS.epochs; epoch++) {
      for (let at = 0; at < 100; at += SETTINGS.batchSize) {
        const size = Math.min(SETTINGS.batchSize, 100 - at);
        optimizer.minimize(() => {
          const logs = tf.logSoftmax(apply(inputs.slice([at, 0], [size, 6])));
          const wanted = tf.oneHot(labels.slice(at, size), 3).toFloat();
          return tf.neg(tf.sum(tf.mul(wanted, logs))).div<tf.Scalar>(size);
        });
      }
    }
    for (const [name, variable] of Object.entries(variables))
      expect(maxDifference(values(trained.model, name), variable.dataSync()), name).to.equal(0);
    optimizer.dispose();
    tf.dispose([inputs, labels, ...Object.values(variables)]);
  });

  it('learns, and gives the same bits for the same seed and others for another', async () => {
    const data = examples();
    const model = tracedModel();
    const before = bytesOf(model);
    const [a, b, c] = [
      await fit(model, { ...SETTINGS, data }),
      await fit(model, { ...SETTINGS, data }),
      await fit(model, { ...SETTINGS, data, seed: 8 }),
    ];
    expect(bytesOf(model)).to.deep.equal(before);
    expect(bytesOf(a.model)).to.deep.equal(bytesOf(b.model));
    expect(a.history).to.deep.equal(b.history);
    expect(bytesOf(a.model)).not.to.deep.equal(bytesOf(c.model));
    const numbers = await evaluateModel(a.model, { data, loss: 'crossEntropy', metrics: ['accuracy'] });
    expect(numbers['accuracy']).to.be.above(0.9);
    expect(a.history).to.have.length(4);
    expect(a.history.at(-1)?.steps).to.equal(28);
    tf.dispose([data.inputs, data.labels]);
  });

  it('trains a frozen graph model and a function', async () => {
    const data = examples();
    const layers = nets.mlp({ widths: [6, 8, 3], seed: 1 });
    const frozen = await loadModel(tf.io.fromMemory(toArtifacts(traceLayersModel(layers))));
    const weight = tf.variable(nets.uniformTensor([6, 3], 4, -0.1, 0.1), true, 'weight-of-a-function');
    const traced = traceFunction(
      (x) => tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D),
      [{ shape: [null, 6] }],
    );
    for (const model of [frozen, traced]) {
      const { history } = await fit(model, { ...SETTINGS, data, learningRate: 0.05 });
      const [first, last] = [history[0]?.numbers['loss'], history.at(-1)?.numbers['loss']] as [
        number,
        number,
      ];
      expect(last).to.be.below(0.7 * first);
    }
    layers.dispose();
    tf.dispose([data.inputs, data.labels, weight]);
  });

  it('trains what it is told to, and not what frozen layers hold', async () => {
    const data = examples();
    const model = tracedModel();
    const { model: chosen } = await fit(model, {
      ...SETTINGS,
      data,
      trainable: (name) => name.startsWith('scores'),
    });
    const layers = layersModel();
    layers.getLayer('hidden').trainable = false;
    layers.getLayer('norm').trainable = false;
    const { model: frozen } = await fit(traceLayersModel(layers), { ...SETTINGS, data });
    for (const trained of [chosen, frozen]) {
      const changed = Object.entries(bytesOf(trained)).filter(
        ([name, bytes]) => bytesOf(model)[name] !== bytes,
      );
      // The batch norm is in the form of inference, too: its moving mean stays.
      expect(changed.map(([name]) => name).sort()).to.deep.equal(['scores/bias', 'scores/kernel']);
    }
    layers.dispose();
    tf.dispose([data.inputs, data.labels]);
  });

  it('leaves batch normalizations in the form of inference when told', async () => {
    const data = examples();
    const { model } = await fit(tracedModel(), { ...SETTINGS, data, trainsBatchNorm: false });
    expect(values(model, 'norm/moving_mean')).to.deep.equal(values(tracedModel(), 'norm/moving_mean'));
    expect(values(model, 'norm/gamma')).not.to.deep.equal(values(tracedModel(), 'norm/gamma'));
    tf.dispose([data.inputs, data.labels]);
  });

  it('normalizes channels wherever they are', async () => {
    const build = (): Model<'float'> => {
      const layers = tf.sequential({
        layers: [
          tf.layers.permute({ dims: [3, 1, 2], inputShape: [4, 4, 2] }),
          tf.layers.batchNormalization({ axis: 1, name: 'norm', momentum: 0 }),
        ],
      });
      const model = traceLayersModel(layers);
      layers.dispose();
      return model;
    };
    const inputs = nets.uniformTensor([8, 4, 4, 2], 2, 1, 3);
    const { model } = await fit(build(), {
      data: { inputs },
      loss: ({ outputs }) => tf.mean(outputs[0] as tf.Tensor),
      epochs: 1,
      batchSize: 8,
    });
    const { mean, variance } = tf.moments(inputs, [0, 1, 2]);
    expect(maxDifference(values(model, 'norm/moving_mean'), mean.dataSync())).to.be.below(1e-6);
    expect(maxDifference(values(model, 'norm/moving_variance'), variance.dataSync())).to.be.below(1e-6);
    tf.dispose([inputs, mean, variance]);
  });

  it('leaks nothing', async () => {
    const data = examples();
    const model = tracedModel();
    await expectNoLeak(() =>
      fit(model, {
        ...SETTINGS,
        data,
        validation: data,
        restoreBest: true,
        accumulate: 2,
        clip: { norm: 1, value: 1 },
      }),
    );
    await expectNoLeak(() =>
      fit(model, { ...SETTINGS, data: () => [{ inputs: data.inputs.clone(), labels: data.labels.clone() }] }),
    );
    tf.dispose([data.inputs, data.labels]);
  });

  it('holds as many tensors after a thousand steps as after ten', async () => {
    const model = new GraphBuilder();
    const x = model.input('x', [-1, 2]);
    model.output(
      model.op('MatMul', [x, model.constant('w', [1, 2, 3, 4], [2, 2])], {
        transpose_a: false,
        transpose_b: false,
      }),
    );
    const inputs = nets.uniformTensor([4, 2], 1);
    const held: number[] = [];
    await fit(model.build(), {
      data: { inputs },
      loss: ({ outputs }) => tf.mean(tf.square(outputs[0] as tf.Tensor)),
      epochs: 1000,
      batchSize: 4,
      callbacks: { onStep: ({ step }) => void (step % 10 === 0 && held.push(tf.memory().numTensors)) },
    });
    expect(new Set(held).size).to.equal(1);
    inputs.dispose();
  });
});
