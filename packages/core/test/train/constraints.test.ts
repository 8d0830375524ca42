import { expectNoLeak, nets, tempFolder } from '@tfjs-optimize/testing';
import { fit, loadModel, saveModel, traceLayersModel, type FitOptions, type Note } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { bytesOf } from './task.js';

const { maxNorm, minMaxNorm, nonNeg, unitNorm } = tf.constraints;

/** A constraint of each kind, each with bounds that steps would cross, and weights without one. */
function constrainedLayers(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 4,
        inputShape: [6],
        kernelConstraint: maxNorm({ maxValue: 0.5, axis: 0 }),
        biasConstraint: nonNeg(),
        name: 'first',
      }),
      tf.layers.dense({
        units: 5,
        kernelConstraint: minMaxNorm({ minValue: 0.2, maxValue: 0.3, rate: 0.5, axis: 1 }),
        name: 'second',
      }),
      tf.layers.dense({ units: 3, kernelConstraint: unitNorm({ axis: 0 }), name: 'third' }),
      tf.layers.dense({ units: 1, useBias: false, name: 'free' }),
    ],
  });
  return nets.seedWeights(model, 3);
}

/** A user's own bounds. */
class Capped extends tf.serialization.Serializable {
  static readonly className = 'Capped';
  apply(weight: tf.Tensor): tf.Tensor {
    return tf.clipByValue(weight, -1, 1);
  }
  getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

/** A user's own penalty. */
class Rough extends tf.serialization.Serializable {
  static readonly className = 'Rough';
  apply(weight: tf.Tensor): tf.Scalar {
    return tf.sum(tf.abs(weight));
  }
  getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

describe('constraints of layers in training', function () {
  this.timeout(30_000);
  let data: { readonly inputs: tf.Tensor2D; readonly labels: tf.Tensor2D };
  let settings: FitOptions;
  before(() => tf.setBackend('cpu'));
  before(() => [Capped, Rough].forEach((own) => tf.serialization.registerClass(own)));
  before(() => {
    data = {
      inputs: nets.uniformTensor([40, 6], 5, -1, 1) as tf.Tensor2D,
      labels: nets.uniformTensor([40, 1], 6, -2, -1) as tf.Tensor2D,
    };
    settings = {
      data,
      loss: 'meanSquaredError',
      optimizer: 'sgd',
      learningRate: 0.1,
      epochs: 3,
      batchSize: 16,
      shuffle: false,
    };
  });
  after(() => tf.dispose([data.inputs, data.labels]));

  it('hold after each step as those of tf.layers do where these are applied, bit for bit', async () => {
    const [ours, stock] = [constrainedLayers(), constrainedLayers()];
    stock.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await fit(ours, settings);
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let i = 0; i < 40; i += 16) {
        const rows = Math.min(16, 40 - i);
        const [x, y] = [data.inputs.slice([i], [rows]), data.labels.slice([i], [rows])];
        await stock.trainOnBatch(x, y);
        // TensorFlow.js applies constraints where weights are written, which its own steps pass by.
        tf.tidy(() => stock.setWeights(stock.getWeights().map((weight) => tf.clone(weight))));
        tf.dispose([x, y]);
      }
    }
    ours.getWeights().forEach((weight, i) => {
      expect(weight.dataSync(), stock.weights[i]?.originalName).to.deep.equal(
        stock.getWeights()[i]?.dataSync(),
      );
    });
    const [kernel, bias] = ours.getWeights() as [tf.Tensor, tf.Tensor];
    expect(Math.max(...tf.norm(kernel, 2, 0).dataSync()))
      .to.be.above(0.499)
      .and.at.most(0.5);
    expect([...bias.dataSync()]).to.include(0);
    await expectNoLeak(async () => void (await fit(ours, settings)));
    [ours, stock].forEach((model) => model.dispose());
  });

  it('go into files, and through them into training', async () => {
    const layers = constrainedLayers();
    const folder = path.join(tempFolder('constrained'), 'model');
    const traced = traceLayersModel(layers);
    await saveModel(traced, folder);
    const [direct, read] = [await fit(traced, settings), await fit(await loadModel(folder), settings)];
    expect(bytesOf(read.model)).to.deep.equal(bytesOf(direct.model));
    expect(direct.notes).to.deep.equal([]);
    expect(traced.graph.get('second/kernel')?.attrs).to.include.keys('_constraint', '_constraint_rate');
    layers.dispose();
  });

  it('of weights that are not trained are not applied', async () => {
    const layers = constrainedLayers();
    const traced = traceLayersModel(layers);
    const { model } = await fit(traced, { ...settings, trainable: ['free/kernel'] });
    expect(bytesOf(model)['first/kernel']).to.equal(bytesOf(traced)['first/kernel']);
    layers.dispose();
  });

  it('and what else layers do and a graph does not hold is told, of weights that are trained', async () => {
    const input = tf.input({ shape: [4, 2] });
    const lstm = tf.layers.lstm({ units: 3, dropout: 0.2, recurrentDropout: 0.3, name: 'memory' });
    const dense = tf.layers.dense({
      units: 1,
      kernelConstraint: { className: 'Capped', config: {} } as never,
      kernelRegularizer: { className: 'Rough', config: {} } as never,
      name: 'last',
    });
    const layers = tf.model({ inputs: input, outputs: dense.apply(lstm.apply(input)) as tf.SymbolicTensor });
    const examples = { inputs: tf.zeros([3, 4, 2]), labels: tf.zeros([3, 1]) };
    const how = { ...settings, data: examples };
    const { notes } = await fit(layers, how);
    const told = (subject: string, what: string): Note => ({
      level: 'warning',
      kind: 'declined',
      subject,
      message: `trained without ${what} of its layer, which a graph does not hold`,
    });
    expect(notes).to.have.deep.members([
      told('memory/kernel', 'the dropout of 0.2'),
      told('memory/recurrent_kernel', 'the recurrent dropout of 0.3'),
      told('last/kernel', 'the constraint Capped'),
      told('last/kernel', 'the regularizer Rough'),
    ]);
    const folder = path.join(tempFolder('noted'), 'model');
    await saveModel(traceLayersModel(layers), folder);
    const read = await fit(await loadModel(folder), { ...how, trainable: ['last/kernel'] });
    expect(read.notes.map(({ subject }) => subject)).to.deep.equal(['last/kernel', 'last/kernel']);
    layers.dispose();
    tf.dispose(examples);
  });
});
