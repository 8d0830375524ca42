import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import {
  fit,
  GraphBuilder,
  TrainingError,
  type FitOptions,
  type LossInputs,
  type Model,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { inspect } from 'node:util';
import { bytesOf, examples, SETTINGS, tracedModel } from './task.js';

type Data = ReturnType<typeof examples>;

interface Case {
  readonly what: string;
  readonly code: string;
  readonly says: string;
  readonly options: (data: Data) => object;
}

/** Labels of which the last alone is wrong, which is no batch's before the end of an epoch. */
const wrongAtLast = (): object => ({
  values: Int32Array.from({ length: 100 }, (_, i) => (i === 99 ? 3 : i % 3)),
  shape: [100],
});

const CASES: readonly Case[] = [
  {
    what: 'a class number that the model has no output for, in the last example',
    code: 'train/data',
    says: 'labels: expected class numbers from 0 to 2, got 3.',
    options: ({ inputs }) => ({ data: { inputs, labels: wrongAtLast() }, shuffle: false }),
  },
  {
    what: 'such a number in validation data',
    code: 'train/data',
    says: 'validation.labels: expected class numbers from 0 to 2, got 3.',
    options: ({ inputs }) => ({ validation: { inputs, labels: wrongAtLast() } }),
  },
  {
    what: 'validation data without labels',
    code: 'train/data',
    says: 'validation.labels: expected 1, one for each output, got 0.',
    options: ({ inputs }) => ({ validation: { inputs } }),
  },
  {
    what: 'validation data of another shape',
    code: 'model/input',
    says: 'expected a tensor of',
    options: ({ labels }) => ({
      validation: { inputs: { values: new Float32Array(500), shape: [100, 5] }, labels },
    }),
  },
  {
    what: 'a metric that is a number of JavaScript',
    code: 'argument/invalid',
    says: 'metric half: expected one number for the batch, as a tensor, got 0.5.',
    options: () => ({ metrics: [{ name: 'half', compute: () => 0.5 }] }),
  },
  {
    what: 'a metric of many numbers',
    code: 'argument/invalid',
    says: 'metric all: expected one number for the batch, as a tensor, got shape [16,3].',
    options: () => ({ metrics: [{ name: 'all', compute: ({ outputs }: LossInputs) => outputs[0] }] }),
  },
  {
    what: 'class numbers that the model has no output for',
    code: 'train/data',
    says: 'labels: expected class numbers from 0 to 2, got 3.',
    options: ({ inputs }) => ({
      data: { inputs, labels: { values: new Int32Array(100).fill(3), shape: [100] } },
    }),
  },
  {
    what: 'negative class numbers',
    code: 'train/data',
    says: 'from 0 to 2, got -1.',
    options: ({ inputs }) => ({
      data: { inputs, labels: { values: new Int32Array(100).fill(-1), shape: [100] } },
    }),
  },
  {
    what: 'class numbers in a column that the model has no output for',
    code: 'train/data',
    says: 'labels: expected class numbers from 0 to 2, got 3.',
    options: ({ inputs }) => ({
      data: { inputs, labels: { values: new Int32Array(100).fill(3), shape: [100, 1] } },
    }),
  },
  {
    what: 'nested arrays',
    code: 'train/data',
    says: 'data.inputs.0: expected a tensor or {values, shape}, or several of them, got an array.',
    options: ({ labels }) => ({ data: { inputs: [[1, 2, 3, 4, 5, 6]], labels } }),
  },
  {
    what: 'numbers without a shape',
    code: 'train/data',
    says: 'data.labels: expected a tensor or {values, shape}, or several of them, got numbers without a shape.',
    options: ({ inputs }) => ({ data: { inputs, labels: new Int32Array(100) } }),
  },
  {
    what: 'a loss that is misspelt',
    code: 'argument/invalid',
    says: "got 'crossentropy'. Did you mean 'crossEntropy'?",
    options: (data) => ({ data, loss: 'crossentropy' }),
  },
  {
    what: 'no examples',
    code: 'train/data',
    says: 'data: expected at least one example, got none.',
    options: () => ({ data: { inputs: { values: new Float32Array(0), shape: [0, 6] } } }),
  },
  {
    what: 'labels of other examples',
    code: 'train/data',
    says: 'data.labels: expected 100 examples, as many as inputs, got shape [5].',
    options: ({ inputs }) => ({ data: { inputs, labels: { values: new Int32Array(5), shape: [5] } } }),
  },
  {
    what: 'labels of a strange shape',
    code: 'train/data',
    says: 'class numbers of shape [16] or probabilities of shape [16,3], got [16,2].',
    options: ({ inputs }) => ({
      data: { inputs, labels: { values: new Float32Array(200), shape: [100, 2] } },
    }),
  },
  {
    what: 'no labels where they are needed',
    code: 'train/data',
    says: 'labels: expected 1, one for each output, got 0.',
    options: ({ inputs }) => ({ data: { inputs }, metrics: [] }),
  },
  {
    what: 'numbers that do not fill their shape',
    code: 'train/data',
    says: 'data.inputs: expected 600 numbers for shape [100,6], got 599.',
    options: () => ({ data: { inputs: { values: new Float32Array(599), shape: [100, 6] } } }),
  },
  {
    what: 'inputs that the model does not take',
    code: 'model/input',
    says: 'a tensor of [-1,6] float32, got [16,5] float32.',
    options: () => ({ data: { inputs: { values: new Float32Array(500), shape: [100, 5] } } }),
  },
  {
    what: 'a source without batches',
    code: 'train/data',
    says: 'data: expected at least one batch, got none in epoch 1.',
    options: () => ({ data: () => [] }),
  },
  {
    what: 'a source that ends early',
    code: 'train/data',
    says: 'data: expected 3 batches in an epoch, got 1 in epoch 1.',
    options: (data) => ({
      data: () => [{ inputs: data.inputs.clone(), labels: data.labels.clone() }],
      stepsPerEpoch: 3,
    }),
  },
  {
    what: 'more steps than examples make',
    code: 'train/data',
    says: 'stepsPerEpoch: expected at most 7, for 100 examples in batches of 16, got 8.',
    options: (data) => ({ data, stepsPerEpoch: 8 }),
  },
  {
    what: 'a data set of other things',
    code: 'train/data',
    says: 'data set: expected batches of the form {xs, ys}, got number.',
    options: () => ({ data: tf.data.array([1, 2]) }),
  },
  {
    what: 'no data',
    code: 'train/data',
    says: 'data: expected {inputs, labels}',
    options: () => ({ data: undefined }),
  },
  {
    what: 'no epochs',
    code: 'argument/invalid',
    says: 'epochs: expected a whole number',
    options: () => ({ epochs: 0 }),
  },
  {
    what: 'half a batch',
    code: 'argument/invalid',
    says: 'batchSize: expected',
    options: () => ({ batchSize: 0.5 }),
  },
  {
    what: 'a strange momentum',
    code: 'argument/invalid',
    says: 'momentum: expected',
    options: () => ({ momentum: 2 }),
  },
  {
    what: 'a strange rate',
    code: 'argument/invalid',
    says: 'learningRate: expected',
    options: () => ({ learningRate: -1 }),
  },
  {
    what: 'a schedule of NaN',
    code: 'argument/invalid',
    says: 'Look at what its schedule',
    options: () => ({ learningRate: () => NaN }),
  },
  {
    what: 'an unknown optimizer',
    code: 'argument/invalid',
    says: "got 'adams'. Did you mean 'adam'?",
    options: () => ({ optimizer: 'adams' }),
  },
  { what: 'an unknown loss', code: 'argument/invalid', says: "got 'mse'", options: () => ({ loss: 'mse' }) },
  {
    what: 'an unknown metric',
    code: 'argument/invalid',
    says: "got 'acc'",
    options: () => ({ metrics: ['acc'] }),
  },
  {
    what: 'a bound of 0',
    code: 'argument/invalid',
    says: 'clip.norm',
    options: () => ({ clip: { norm: 0 } }),
  },
  {
    what: 'a loss of many numbers',
    code: 'train/loss',
    says: 'loss many: expected one number for the batch, got shape [16,3].',
    options: () => ({
      loss: { name: 'many', compute: ({ outputs }: { outputs: tf.Tensor[] }) => outputs[0] },
    }),
  },
  {
    what: 'a loss of an unknown value',
    code: 'graph/output',
    says: "'nowhere'",
    options: () => ({ loss: { name: 'far', watch: () => ['nowhere'], compute: () => tf.scalar(0) } }),
  },
  {
    what: 'an unknown weight',
    code: 'train/weights',
    says: "Did you mean 'hidden/kernel'?",
    options: () => ({ trainable: ['hiden/kernel'] }),
  },
  {
    what: 'nothing to train',
    code: 'train/weights',
    says: 'at least one of the 6 weights',
    options: () => ({ trainable: () => false }),
  },
];

describe('bad input of fit', function () {
  this.timeout(30_000);
  let data: Data;
  before(() => tf.setBackend('cpu'));
  before(() => void (data = examples()));
  after(() => tf.dispose([data.inputs, data.labels]));

  for (const { what, code, says, options } of CASES) {
    it(`is refused: ${what}`, async () => {
      await expectNoLeak(async () => {
        const given = { ...SETTINGS, data, ...options(data) } as unknown as FitOptions;
        const error = await expectCode(code, () => fit(tracedModel(), given));
        expect(error.message).to.include(says);
        // Alone what data do later is known after steps.
        expect(error instanceof TrainingError).to.equal(what === 'a source that ends early');
      });
    });
  }

  it('is refused: an integer model, and control flow', async () => {
    await expectCode('model/stage', () =>
      fit(tracedModel().with({ stage: 'integer' }), { ...SETTINGS, data }),
    );
    const builder = new GraphBuilder();
    const x = builder.input('x', [-1, 2]);
    builder.output(builder.op('Where', [builder.op('Greater', [x, builder.constant('zero', 0)])]));
    const error = await expectCode('train/unsupported', () => fit(builder.build(), { ...SETTINGS, data }));
    expect(error.message).to.include("node 'Where' (Where)");
  });

  it('is refused: one output where a loss tells classes apart', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [-1, 6]);
    builder.output(
      builder.op('MatMul', [
        x,
        builder.constant(
          'w',
          Array.from({ length: 6 }, () => 0.1),
          [6, 1],
        ),
      ]),
    );
    const error = await expectCode('train/loss', () => fit(builder.build(), { ...SETTINGS, data }));
    expect(error.message).to.include('expected a number for each of two classes or more');
    expect(error.message).to.include("'binaryCrossEntropy'");
  });

  it('is no column of class numbers: it gives what a row of them gives', async () => {
    const column = { inputs: data.inputs, labels: data.labels.reshape([100, 1]) };
    const numbers = async (given: FitOptions['data']): Promise<unknown> => {
      const { history, model } = await fit(tracedModel(), { ...SETTINGS, data: given });
      model.dispose();
      return history.map((record) => record.numbers);
    };
    expect(await numbers(column)).to.deep.equal(await numbers(data));
    column.labels.dispose();
  });
});

describe('numbers that are not finite', () => {
  let data: Data;
  before(() => tf.setBackend('cpu'));
  before(() => void (data = examples()));
  after(() => tf.dispose([data.inputs, data.labels]));

  it('stop training at once, name the step and the place, and leave the weights before', async () => {
    const model = tracedModel();
    const models: Model[] = [];
    await expectNoLeak(async () => {
      models.length = 0;
      const error = await expectCode('train/not-finite', () =>
        fit(model, {
          ...SETTINGS,
          data,
          optimizer: 'sgd',
          learningRate: (step) => (step === 4 ? 1e30 : 0.01),
          callbacks: { onStep: async (_, control) => void models.push(await control.model()) },
        }),
      );
      expect(error.message).to.match(/^step 6 of training: expected a finite loss, got (NaN|Infinity); /);
      expect(error.message).to.include('makes the first value that is not finite');
      expect(models).to.have.length(5);
      expect(bytesOf((error as TrainingError).model)).to.deep.equal(bytesOf(models[3] as Model));
    });
  });

  it('in inputs are told, and cost no step', async () => {
    const inputs = { values: new Float32Array(600).fill(NaN), shape: [100, 6] };
    const model = tracedModel();
    const error = await expectCode('train/not-finite', () =>
      fit(model, { ...SETTINGS, data: { inputs, labels: data.labels } }),
    );
    expect(error.message).to.include(
      'step 1 of training: expected a finite loss, got NaN; input holds NaN or infinity',
    );
    expect(bytesOf((error as TrainingError).model)).to.deep.equal(bytesOf(model));
  });

  it('in weights are told by name', async () => {
    const model = tracedModel();
    const error = await expectCode('train/not-finite', () =>
      fit(model, {
        ...SETTINGS,
        data,
        loss: ({ outputs }) => tf.log(tf.neg(tf.mean(outputs[0] as tf.Tensor))),
      }),
    );
    expect(error.message).to.include('all values of the model are finite, the loss is not');
  });

  it('in one loss of several are told by its name', async () => {
    const strange = { name: 'strange', compute: () => tf.scalar(NaN) };
    const error = await expectCode('train/not-finite', () =>
      fit(tracedModel(), { ...SETTINGS, data, loss: [{ loss: 'crossEntropy' }, { loss: strange }] }),
    );
    expect(error.message).to.include('all values of the model are finite, loss/strange is not');
  });

  it('in what a loss counts are told with the step', async () => {
    const loss = { loss: 'crossEntropy' as const, weight: () => NaN };
    const error = await expectCode('argument/invalid', () =>
      fit(tracedModel(), { ...SETTINGS, data, loss: [loss] }),
    );
    expect(error.message).to.include('weight of loss crossEntropy: expected a number, got NaN at step 0.');
  });

  it('end in an error that prints in a few lines, whatever it holds', async () => {
    const inputs = { values: new Float32Array(600).fill(NaN), shape: [100, 6] };
    const error = await expectCode('train/not-finite', () =>
      fit(tracedModel(), { ...SETTINGS, data: { inputs, labels: data.labels } }),
    );
    expect((error as TrainingError).model.weights.has('hidden/kernel')).to.equal(true);
    expect(inspect(error)).not.to.include('weights');
    expect(inspect(error)).to.include("code: 'train/not-finite'");
  });
});
