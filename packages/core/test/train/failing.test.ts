import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import {
  crossEntropy,
  fit,
  loadModel,
  TrainingError,
  type Batch,
  type Fact,
  type FitOptions,
  type Model,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { bytesOf, checkpointFolder, examples, layersModel, SETTINGS, tracedModel } from './task.js';

type Data = ReturnType<typeof examples>;

interface Case {
  readonly what: string;
  readonly code: string;
  /** Whole steps that were done. */
  readonly steps: number;
  readonly says: string;
  /** Settings that fail, beside those of the whole training. */
  readonly options: (data: Data) => Partial<FitOptions>;
}

/** Throws at the nth call. */
function failing<T>(nth: number, value: T): () => T {
  let calls = 0;
  return () => {
    if (++calls === nth) throw new RangeError('no more');
    return value;
  };
}

/** 7 batches of an epoch, in their order, until one that is not there. */
function stream(data: Data, end: number): (epoch: number) => Generator<Batch> {
  let made = 0;
  return function* () {
    for (let i = 0; i < 100; i += 16) {
      if (++made > end) return;
      yield tf.tidy(() => ({
        inputs: data.inputs.slice([i], [Math.min(16, 100 - i)]),
        labels: data.labels.slice([i], [Math.min(16, 100 - i)]),
      }));
    }
  };
}

// Two batches a step, of 7 a epoch: 4 steps, the last of one batch.
const CASES: readonly Case[] = [
  {
    what: 'data that end early in a later epoch',
    code: 'train/data',
    steps: 5,
    says: 'data: expected 7 batches in an epoch, got 3 in epoch 2.',
    options: (data) => ({ data: stream(data, 10) }),
  },
  {
    what: 'data that throw',
    code: 'train/failed',
    steps: 5,
    says: 'an error after 5 steps: no more.',
    options: (data) => {
      const next = failing(11, undefined);
      return {
        data: function* (epoch) {
          const batches = stream(data, Infinity)(epoch);
          for (;;) {
            next();
            const { value } = batches.next() as { readonly value?: Batch };
            if (value === undefined) return;
            yield value;
          }
        },
      };
    },
  },
  {
    what: 'an augmentation',
    code: 'train/failed',
    steps: 4,
    says: 'an error after 4 steps: no more.',
    options: () => {
      const next = failing(9, undefined);
      return {
        augment: (batch) => {
          next();
          return batch;
        },
      };
    },
  },
  {
    what: 'a schedule',
    code: 'train/failed',
    steps: 6,
    says: 'an error after 6 steps: no more.',
    options: () => ({ learningRate: failing(7, SETTINGS.learningRate) }),
  },
  {
    what: 'a schedule of NaN',
    code: 'argument/invalid',
    steps: 6,
    says: 'learningRate: expected a number of at least 0, got NaN.',
    options: () => ({ learningRate: (step) => (step < 6 ? SETTINGS.learningRate : NaN) }),
  },
  {
    what: 'a loss, at the second batch of a step',
    code: 'train/failed',
    steps: 4,
    says: 'no more',
    options: () => {
      const next = failing(9, undefined);
      const loss = crossEntropy();
      return { loss: { ...loss, compute: (given) => (next(), loss.compute(given)) } };
    },
  },
  {
    what: 'a callback of steps',
    code: 'train/failed',
    steps: 3,
    says: 'an error after 3 steps: no more.',
    options: () => ({ callbacks: { onStep: failing(3, undefined) } }),
  },
  {
    what: 'a callback of epochs',
    code: 'train/failed',
    steps: 8,
    says: 'an error after 8 steps: no more.',
    options: () => ({ callbacks: { onEpoch: failing(2, undefined) } }),
  },
  {
    what: 'validation data',
    code: 'train/failed',
    steps: 8,
    says: 'an error after 8 steps: no more.',
    options: (data) => {
      const next = failing(2, undefined);
      return {
        validation: (epoch) => {
          next();
          return stream(data, Infinity)(epoch);
        },
      };
    },
  },
  {
    what: 'the error of a download that a signal ended',
    code: 'aborted',
    steps: 3,
    says: 'a request to stop after 3 steps.',
    options: () => ({
      callbacks: {
        onStep: ({ step }) => {
          if (step === 3) throw new DOMException('ended', 'AbortError');
        },
      },
    }),
  },
];

describe('training that something ends after it has begun', function () {
  this.timeout(30_000);
  let data: Data;
  let settings: FitOptions;
  before(() => tf.setBackend('cpu'));
  before(() => {
    data = examples();
    settings = {
      ...SETTINGS,
      learningRate: () => SETTINGS.learningRate,
      data: stream(data, Infinity),
      metrics: [],
      shuffle: false,
      accumulate: 2,
      stepsPerEpoch: 7,
    };
  });
  after(() => tf.dispose([data.inputs, data.labels]));

  /** The model after some steps. */
  async function after_(steps: number): Promise<Model> {
    const models: Model[] = [];
    const callbacks: FitOptions['callbacks'] = {
      onStep: async ({ step }, control) => void (step === steps && models.push(await control.model())),
    };
    await fit(tracedModel(), { ...settings, callbacks });
    return models[0] as Model;
  }

  for (const { what, code, steps, says, options } of CASES) {
    it(`gives what it has learnt, and is resumed to the same bits: ${what}`, async () => {
      const model = tracedModel();
      const checkpoint = { folder: checkpointFolder() };
      const expected = await after_(steps);
      await expectNoLeak(async () => {
        const error = (await expectCode(code, () =>
          fit(model, { ...settings, ...options(data) }),
        )) as TrainingError;
        expect(error).to.be.instanceOf(TrainingError);
        expect(error.message).to.include(says).and.include('The error holds the last good model.');
        expect(error.cause).to.be.instanceOf(Error);
        expect(bytesOf(error.model)).to.deep.equal(bytesOf(expected));
        expect(error.history).to.have.length(Math.floor(steps / 4) - (what.includes('valid') ? 1 : 0));
      });
      const error = await expectCode(code, () => fit(model, { ...settings, ...options(data), checkpoint }));
      expect(error.message).to.include(`Go on from ${checkpoint.folder} with resume: true.`);
      const rest = await fit(model, { ...settings, checkpoint: { ...checkpoint, resume: true } });
      const whole = await fit(tracedModel(), settings);
      expect(bytesOf(rest.model)).to.deep.equal(bytesOf(whole.model));
      if (!what.includes('valid')) expect(rest.history).to.deep.equal(whole.history);
    });
  }

  it('is a plain error before the first step', async () => {
    for (const options of [
      { data: stream(data, 0) },
      { learningRate: failing(1, 1) },
      { callbacks: { onStep: failing(0, 1) }, loss: failing(1, tf.scalar(0)) },
    ]) {
      const error: unknown = await fit(tracedModel(), { ...settings, ...options }).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(Error);
      expect(error).not.to.be.instanceOf(TrainingError);
    }
  });

  it('gives a layers model its weights', async () => {
    const model = layersModel();
    const error = (await expectCode('train/failed', () =>
      fit(model, { ...settings, callbacks: { onStep: failing(3, undefined) } }),
    )) as TrainingError;
    const [kernel] = model.getWeights();
    expect(kernel?.dataSync()).to.deep.equal(error.model.weights.need('hidden/kernel').numbers());
    expect(bytesOf(error.model)).to.deep.equal(bytesOf(await after_(3)));
    model.dispose();
  });

  it('where a step cannot be undone gives the weights before it, and leaves the checkpoint as it was', async () => {
    const checkpoint = { folder: checkpointFolder(), everySteps: 2 };
    let calls = 0;
    const fact: Fact<null> = {
      name: 'test/fails',
      check: () => [],
      projector: () => ({
        project: (name, weight) => {
          if (name === 'hidden/kernel' && ++calls === 4) throw new Error('no projection');
          return weight;
        },
      }),
    };
    const model = tracedModel().with({ facts: tracedModel().facts.with(fact, null) });
    const error = (await expectCode('train/failed', () =>
      fit(model, { ...settings, checkpoint }),
    )) as TrainingError;
    expect(error.message).to.include('after 3 steps: no projection. The error holds the last good model.');
    expect(bytesOf(error.model)).to.deep.equal(bytesOf(await after_(3)));
    expect(bytesOf(await loadModel(checkpoint.folder))).to.include(bytesOf(await after_(2)));
  });

  it('where a checkpoint cannot be written gives its model', async () => {
    const folder = checkpointFolder();
    const callbacks: FitOptions['callbacks'] = {
      // Folders that hold other things are not replaced.
      onStep: ({ step }) => void (step === 3 && fs.writeFileSync(`${folder}/mine.txt`, '')),
    };
    const error = (await expectCode('io/exists', () =>
      fit(tracedModel(), { ...settings, callbacks, checkpoint: { folder, everySteps: 2 } }),
    )) as TrainingError;
    expect(error.message).to.include('after 4 steps').and.include('The error holds the last good model.');
    expect(bytesOf(error.model)).to.deep.equal(bytesOf(await after_(4)));
  });

  it('where the last step made NaN of the weights gives those before it, and writes nothing', async () => {
    const checkpoint = { folder: checkpointFolder() };
    const error = (await expectCode('train/failed', () =>
      fit(tracedModel(), {
        ...settings,
        checkpoint,
        optimizer: 'sgd',
        learningRate: (step) => (step === 2 ? 1e38 : 0.01),
        loss: [{ loss: 'crossEntropy', weight: 1e4 }],
        callbacks: { onStep: failing(3, undefined) },
      }),
    )) as TrainingError;
    expect(error.model.weights.need('hidden/kernel').numbers().every(Number.isFinite)).to.equal(true);
    expect(fs.existsSync(checkpoint.folder)).to.equal(false);
  });
});
