import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { evaluateModel, fit, reestimateBatchNorm, type FitOptions } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { examples, layersModel, SETTINGS, tracedModel } from './task.js';

type Data = ReturnType<typeof examples>;

/** What is given, and the message without its full stop. */
const WRONG: readonly (readonly [given: object, says: string])[] = [
  [{ epochs: '3' }, "epochs: expected a whole number from 1 up, got '3'"],
  [{ epochs: undefined }, 'epochs: expected a whole number from 1 up, got nothing'],
  [{ loss: [] }, 'loss: expected a loss, or a list of one {loss, weight} or more, got an empty list'],
  [
    { loss: ['crossEntropy'] },
    "loss: expected a loss, or a list of one {loss, weight} or more, got ['crossEntropy']",
  ],
  [{ loss: [{}] }, 'loss: expected one of crossEntropy'],
  [{ loss: undefined }, 'loss: expected a loss, or a list of one {loss, weight} or more, got nothing'],
  [
    { loss: [{ loss: 'crossEntropy', weight: '2' }] },
    'weight of loss crossEntropy: expected a number or a schedule, got string',
  ],
  [{ metrics: 'accuracy' }, "metrics: expected a list, such as ['accuracy'], got 'accuracy'"],
  [
    { callbacks: () => 1 },
    'callbacks: expected an object of facts, onBegin, onUpdate, onStep, onEpoch, or a list of such, got a function',
  ],
  [
    { callbacks: [{}, new tf.CustomCallback({})] },
    'callbacks: expected an object of facts, onBegin, onUpdate, onStep, onEpoch, or a list of such, got a callback of tf.layers. Give it to model.fit of the layers model',
  ],
  [
    { callbacks: [1, 'two', [3], { four: 4 }, 5, 6] },
    "callbacks: expected an object of facts, onBegin, onUpdate, onStep, onEpoch, or a list of such, got [1, 'two', a list of 1, an object with keys four and 2 more]",
  ],
  [{ callbacks: { onStep: 1 } }, 'callbacks.onStep: expected a function, got 1'],
  [
    { callbacks: { onepoch: () => 1 } },
    "callbacks.onepoch: expected the name of an option, got 'onepoch'. Did you mean 'onEpoch'?",
  ],
  [{ checkpoint: 'folder' }, "checkpoint: expected an object of folder, everySteps, resume, got 'folder'"],
  [{ checkpoint: {} }, 'checkpoint.folder: expected a name that is not empty, got nothing'],
  [{ checkpoint: { folder: 'x', everySteps: 0 } }, 'checkpoint.everySteps: expected a whole number from 1'],
  [
    { earlyStopping: true },
    'earlyStopping: expected an object of watch, patience, least, higherIsBetter, got',
  ],
  [{ earlyStopping: { patience: '2' } }, "earlyStopping.patience: expected a number of at least 0, got '2'"],
  [
    { earlyStopping: { watch: 'validation/count' } },
    "earlyStopping.watch: expected one of loss, count, got 'validation/count'",
  ],
  [{ clip: 1 }, 'clip: expected an object of norm, value, got 1'],
  [{ clip: { norms: 1 } }, "clip.norms: expected the name of an option, got 'norms'. Did you mean 'norm'"],
  [{ validation: 'split' }, 'validation: expected {inputs, labels}, a function'],
  [{ shuffle: 'no' }, "shuffle: expected true or false, got 'no'"],
  [{ seed: 0.5 }, 'seed: expected a safe integer, got 0.5'],
  [{ optimizer: 3 }, 'optimizer: expected a name, or an optimizer of TensorFlow.js, got 3'],
  [{ learningRate: '0.1' }, "learningRate: expected a number of at least 0, or a schedule, got '0.1'"],
  [{ trainable: 'scores' }, "trainable: expected names of weights, or a test of a name, got 'scores'"],
  [{ signal: {} }, 'signal: expected the signal of an AbortController, got an object without keys'],
  [{ augment: 1 }, 'augment: expected a function, got 1'],
  [{ batchsize: 8 }, "got 'batchsize'. Did you mean 'batchSize'?"],
  [{ inputShapes: { x: 3 } }, 'inputShapes: expected shapes by the names of inputs'],
];

describe('options of training', function () {
  this.timeout(30_000);
  let data: Data;
  before(() => tf.setBackend('cpu'));
  before(() => void (data = examples()));
  after(() => tf.dispose([data.inputs, data.labels]));

  for (const [given, says] of WRONG) {
    it(`are refused before any work: ${says}`, async () => {
      let steps = 0;
      const count = { name: 'count', compute: () => tf.scalar(steps++) };
      await expectNoLeak(async () => {
        const options = { ...SETTINGS, metrics: [count], data, ...given } as unknown as FitOptions;
        const code = 'validation' in given ? 'train/data' : 'argument/invalid';
        const error = await expectCode(code, () => fit(tracedModel(), options));
        expect(error.message).to.include(says);
      });
      expect(steps).to.equal(0);
    });
  }

  it('that are undefined are as if they were not given', async () => {
    const given = {
      ...SETTINGS,
      data,
      epochs: 1,
      clip: undefined,
      batchSize: undefined,
      callbacks: undefined,
    };
    const { history } = await fit(tracedModel(), given as unknown as FitOptions);
    expect(history).to.have.length(1);
  });

  it('of measuring and of estimating are refused, too, and what is no model', async () => {
    const wrong = { data, loss: 'crossEntropy', epochs: 1 } as const;
    const error = await expectCode('argument/invalid', () => evaluateModel(tracedModel(), wrong));
    expect(error.message).to.include('epochs: expected one of the options data, batchSize, loss, metrics');
    const estimate = { batchsize: 3 } as object;
    await expectCode('argument/invalid', () => reestimateBatchNorm(tracedModel(), data, estimate));
    await expectCode('argument/invalid', () => reestimateBatchNorm(tracedModel(), data, { batchSize: 0 }));
    const strange = await expectCode('argument/invalid', () => fit(3 as never, { ...SETTINGS, data }));
    expect(strange.message).to.equal(
      'model: expected a Model of this package or a layers model, got number. Read it with loadModel.',
    );
    await expectCode('argument/invalid', () => fit(tracedModel(), 3 as never));
  });
});

describe('layers models', function () {
  this.timeout(30_000);
  before(() => tf.setBackend('cpu'));

  /** Sequences of any length, told apart by their mean. */
  function sequences(): tf.LayersModel {
    const model = tf.sequential({
      layers: [
        tf.layers.simpleRNN({ units: 4, inputShape: [null, 2], name: 'memory' }),
        tf.layers.batchNormalization({ name: 'norm' }),
        tf.layers.dense({ units: 1, name: 'sum' }),
      ],
    });
    return nets.seedWeights(model, 3);
  }

  it('of unknown lengths are trained, measured and estimated at the length that inputShapes give', async () => {
    const model = sequences();
    const inputs = nets.uniformTensor([20, 5, 2], 1, -1, 1) as tf.Tensor3D;
    const labels = tf.tidy(() => tf.mean(inputs, [1, 2]).expandDims(1));
    const data = { inputs, labels };
    const inputShapes = { memory_input: [null, 5, 2] };
    const options = { data, loss: 'meanSquaredError' as const, inputShapes };
    await expectCode('trace/shape', () => fit(model, { ...options, epochs: 1, inputShapes: undefined }));
    const measure = (): Promise<Record<string, number>> => evaluateModel(model, options);
    const before = (await measure())['loss'] as number;
    await expectNoLeak(async () => {
      const { model: trained } = await fit(model, { ...options, epochs: 5, learningRate: 0.02 });
      expect(trained).to.equal(model);
    });
    const stock = tf.tidy(
      () => tf.losses.meanSquaredError(labels, model.predict(inputs) as tf.Tensor).dataSync()[0],
    );
    const after = (await measure())['loss'] as number;
    expect(after).to.be.below(before);
    expect(Math.fround(after)).to.equal(stock);
    const moving = (): Float32Array => model.getLayer('norm').getWeights()[2]?.dataSync() as Float32Array;
    const old = moving();
    expect(await reestimateBatchNorm(model, { inputs }, { inputShapes })).to.equal(model);
    expect(moving()).not.to.deep.equal(old);
    model.dispose();
    tf.dispose(data);
  });

  it('get the shapes that they are traced with; a Model takes none', async () => {
    const data = examples();
    const inputShapes = { x: [null, 6] };
    for (const work of [
      () => fit(tracedModel(), { ...SETTINGS, data, inputShapes }),
      () => evaluateModel(tracedModel(), { data, loss: 'crossEntropy', inputShapes }),
      () => reestimateBatchNorm(tracedModel(), data, { inputShapes }),
    ]) {
      const error = await expectCode('argument/invalid', work);
      expect(error.message).to.include('inputShapes: expected none for a Model, whose sizes are');
    }
    tf.dispose([data.inputs, data.labels]);
  });

  it('are measured as their graph is, and stay as they are', async () => {
    const data = examples();
    const model = layersModel();
    const before = model.getWeights().map((weight) => weight.dataSync());
    const options = { data, loss: 'crossEntropy', metrics: ['accuracy'] } as const;
    expect(await evaluateModel(model, options)).to.deep.equal(await evaluateModel(tracedModel(), options));
    expect(model.getWeights().map((weight) => weight.dataSync())).to.deep.equal(before);
    model.dispose();
    tf.dispose([data.inputs, data.labels]);
  });
});
