import { expectCode, expectNoLeak, tempFolder } from '@tfjs-optimize/testing';
import {
  evaluateModel,
  fit,
  loadModel,
  schedules,
  type Batch,
  type FitOptions,
  type Loss,
  type TrainingError,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { bytesOf, examples, SETTINGS, tracedModel } from './task.js';

describe('edges of training', () => {
  let data: ReturnType<typeof examples>;
  before(() => tf.setBackend('cpu'));
  before(() => void (data = examples()));
  after(() => tf.dispose([data.inputs, data.labels]));

  it('a warm-up longer than the training warms up, and one step is done at the first rate', () => {
    const rate = schedules.warmUp(4, schedules.cosine({ from: 1 }));
    expect([0, 1, 2].map((step) => rate(step, 3))).to.deep.equal([0.25, 0.5, 0.75]);
    expect([3, 4].map((step) => rate(step, 5))).to.deep.equal([1, 1]);
    expect(schedules.cosine({ from: 1 })(0, 1)).to.equal(1);
    expect(schedules.polynomial({ from: 1 })(0, 1)).to.equal(1);
  });

  it('a request to stop inside a step of several batches is heard after it, so that resuming gives the same bits', async () => {
    const settings = { ...SETTINGS, data, accumulate: 3, batchSize: 8 };
    const whole = await fit(tracedModel(), settings);
    for (const stopAt of [1, 2, 5, 14]) {
      const folder = path.join(tempFolder('steps'), 'checkpoint');
      const stop = new AbortController();
      let seen = 0;
      const stopping: FitOptions = {
        ...settings,
        augment: (batch) => {
          if (++seen === stopAt) stop.abort();
          return batch;
        },
        checkpoint: { folder },
        signal: stop.signal,
      };
      await expectCode('aborted', () => fit(tracedModel(), stopping));
      const resumed = await fit(tracedModel(), { ...settings, checkpoint: { folder, resume: true } });
      expect(bytesOf(resumed.model), String(stopAt)).to.deep.equal(bytesOf(whole.model));
      expect(resumed.history).to.deep.equal(whole.history);
      resumed.model.dispose();
    }
    whole.model.dispose();
  });

  it('an endless stream ends with stepsPerEpoch when it is resumed after a last step of fewer batches', async () => {
    const folder = path.join(tempFolder('stream'), 'checkpoint');
    let made = 0;
    const endless = function* (): Generator<Batch> {
      for (;;) {
        if (++made > 40) throw new Error('asked for without end');
        yield { inputs: data.inputs.slice([0, 0], [8, 6]), labels: data.labels.slice(0, 8) };
      }
    };
    const settings = { ...SETTINGS, data: endless, epochs: 2, stepsPerEpoch: 5, accumulate: 2 };
    const failing = fit(tracedModel(), {
      ...settings,
      checkpoint: { folder, everySteps: 3 },
      // After the last step of an epoch, and before its end.
      validation: () => {
        throw new Error('power is gone');
      },
    });
    expect(await failing.catch((error: unknown) => (error as Error).message)).to.include('power is gone');
    made = 0;
    const { history } = await fit(tracedModel(), { ...settings, checkpoint: { folder, resume: true } });
    expect(history.map(({ steps }) => steps)).to.deep.equal([3, 6]);
  });

  it('weights that the last step made infinite are not given, and never take the place of a checkpoint', async () => {
    const folder = path.join(tempFolder('good'), 'checkpoint');
    const learningRate = (step: number): number => (step === 0 ? 0.01 : 1e39); // infinite as a float32
    const settings = { ...SETTINGS, data, batchSize: 100, optimizer: 'sgd' as const, learningRate };
    const good = await fit(tracedModel(), { ...settings, epochs: 1, checkpoint: { folder } });
    const error = (await expectCode('train/not-finite', () =>
      fit(tracedModel(), {
        ...settings,
        epochs: 2,
        checkpoint: { folder, resume: true },
      }),
    )) as TrainingError;
    expect(error.message).to.match(/^step 2 of training: expected finite weights, got NaN or infinity in /);
    expect(bytesOf(error.model)).to.deep.equal(bytesOf(good.model));
    expect(bytesOf(await loadModel(folder))).to.deep.equal(bytesOf(good.model));
  });

  it('a training that ended early has ended when it is run again', async () => {
    const folder = path.join(tempFolder('early'), 'checkpoint');
    const settings: FitOptions = {
      ...SETTINGS,
      data,
      epochs: 20,
      learningRate: 0,
      earlyStopping: { watch: 'loss', patience: 2, least: 10 },
      checkpoint: { folder, resume: true },
    };
    const epochs: number[] = [];
    for (let i = 0; i < 3; i++) epochs.push((await fit(tracedModel(), settings)).history.length);
    expect(epochs).to.deep.equal([3, 3, 3]);
  });

  it('a schedule knows the length of a data set, and refuses data of unknown length', async () => {
    const rows = tf.data.array(Array.from({ length: 24 }, (_, i) => ({ xs: [i, 1, 2, 3, 4, 5], ys: i % 3 })));
    const settings = { ...SETTINGS, epochs: 3, learningRate: schedules.cosine({ from: 0.01 }) };
    const given = rows.batch(8) as unknown as FitOptions['data'];
    const { history } = await fit(tracedModel(), { ...settings, data: given });
    expect(history.map(({ steps }) => steps)).to.deep.equal([3, 6, 9]);
    expect(history.at(-1)?.learningRate).to.be.closeTo(0, 1e-9);
    const stream = function* (): Generator<Batch> {
      yield { inputs: data.inputs.clone(), labels: data.labels.clone() };
    };
    const error = await expectCode('argument/invalid', () =>
      fit(tracedModel(), { ...settings, data: stream }),
    );
    expect(error.message).to.include('Give stepsPerEpoch');
    await fit(tracedModel(), { ...settings, data: stream, stepsPerEpoch: 1 });
  });

  it('a validation loss that is NaN is never the best', async () => {
    let epoch = 0;
    const { bestEpoch } = await fit(tracedModel(), {
      ...SETTINGS,
      data,
      metrics: [{ name: 'error', compute: () => tf.scalar([NaN, 3, 2, 4][epoch] ?? 5) }],
      callbacks: { onEpoch: () => void epoch++ },
      earlyStopping: { watch: 'error' },
      restoreBest: true,
    });
    expect(bestEpoch).to.equal(2);
  });

  it('class numbers of any type are held against the classes', async () => {
    const { inputs } = data;
    const columns = {
      floats: { values: new Float32Array(100).fill(7), shape: [100] },
      bytes: { values: new Uint8Array(100).fill(7), shape: [100] },
      'not a number': { values: new Float32Array(100).fill(NaN), shape: [100] },
      'between two': { values: new Float32Array(100).fill(0.5), shape: [100] },
    };
    for (const labels of Object.values(columns)) {
      await expectCode('train/data', () => fit(tracedModel(), { ...SETTINGS, data: { inputs, labels } }));
      const given = { data: { inputs, labels }, loss: 'crossEntropy' } as const;
      await expectCode('train/data', () => evaluateModel(tracedModel(), given));
    }
  });

  it('a checkpoint of another model is refused in words', async () => {
    const folder = path.join(tempFolder('other'), 'checkpoint');
    const net = (units: number): tf.LayersModel =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units, inputShape: [6], name: 'a' }),
          tf.layers.dense({ units: 3, name: 'b' }),
        ],
      });
    const [small, large] = [net(4), net(5)];
    await fit(small, { ...SETTINGS, data, checkpoint: { folder } });
    const error = await expectCode('train/checkpoint', () =>
      fit(large, { ...SETTINGS, data, checkpoint: { folder, resume: true } }),
    );
    expect(error.message).to.include("weight 'a/kernel' of shape [6,5], got one of shape [6,4]");
    await expectCode('train/checkpoint', () =>
      fit(net(4), {
        ...SETTINGS,
        data,
        trainable: ['b/bias'],
        checkpoint: { folder, resume: true },
      }),
    );
    [small, large].forEach((model) => model.dispose());
  });

  it('data without a batch are refused where they are measured on', async () => {
    const given = { ...SETTINGS, data, validation: () => [] };
    const error = await expectCode('train/data', () => fit(tracedModel(), given));
    expect(error.message).to.include('validation: expected at least one batch, got none');
    const loss = 'crossEntropy' as const;
    await expectCode('train/data', () => evaluateModel(tracedModel(), { data: () => [], loss }));
    await expectCode('argument/invalid', () => evaluateModel(tracedModel(), { data, loss, batchSize: 0 }));
  });

  it('an augmentation that fails, and the optimizer of momentum, leave no tensor', async () => {
    const model = tracedModel();
    const wrong: FitOptions['augment'][] = [
      () => {
        throw new Error('no');
      },
      () => undefined as unknown as Batch,
      (batch) => Promise.resolve(batch) as unknown as Batch,
    ];
    await expectNoLeak(async () => {
      for (const augment of wrong)
        await fit(model, { ...SETTINGS, data, augment: augment as never }).catch(() => undefined);
      const momentum = await fit(model, { ...SETTINGS, data, epochs: 1, optimizer: 'momentum' });
      momentum.model.dispose();
    });
    await expectCode('train/data', () => fit(model, { ...SETTINGS, data, augment: wrong[1] as never }));
    model.dispose();
  });

  it('two losses of one name are told apart', async () => {
    const size: Loss = { name: 'size', compute: ({ outputs: [y] }) => tf.mean(y as tf.Tensor) };
    const { history } = await fit(tracedModel(), {
      ...SETTINGS,
      data,
      epochs: 1,
      loss: [{ loss: size }, { loss: size, weight: 2 }],
    });
    expect(Object.keys(history[0]?.numbers ?? {})).to.include.members(['loss/size', 'loss/size 2']);
  });
});
