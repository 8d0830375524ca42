import { expectCode } from '@tfjs-optimize/testing';
import { fit, loadModel, renameNodes, TrainingError, type FitOptions } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bytesOf, checkpointFolder, examples, layersModel, SETTINGS, tracedModel } from './task.js';

type Data = ReturnType<typeof examples>;

/** Settings that are stopped after a step, as by Ctrl-C. */
function stoppedAt(step: number, options: FitOptions): FitOptions {
  const controller = new AbortController();
  return {
    ...options,
    signal: controller.signal,
    callbacks: {
      onStep: async (done) => {
        if (done.step !== step) return;
        controller.abort();
        // Signals are heard when the event loop has not turned for a while.
        await wait(30);
      },
    },
  };
}

describe('interrupted training', function () {
  this.timeout(30_000);
  let data: Data;
  before(() => tf.setBackend('cpu'));
  before(() => void (data = examples()));
  after(() => tf.dispose([data.inputs, data.labels]));

  for (const optimizer of ['adam', 'sgd', 'momentum', 'rmsprop', 'adagrad', 'adadelta', 'adamax'] as const) {
    it(`goes on with ${optimizer} to the bits of an uninterrupted one, wherever it was stopped`, async () => {
      const settings: FitOptions = {
        ...SETTINGS,
        data,
        optimizer,
        accumulate: 2,
        restoreBest: true,
        validation: data,
      };
      const whole = await fit(tracedModel(), settings);
      const checkpoint = { folder: checkpointFolder(), everySteps: 3, resume: true };
      for (const step of [1, 4, 6, 11]) {
        const error = await expectCode('aborted', () =>
          fit(tracedModel(), stoppedAt(step, { ...settings, checkpoint })),
        );
        expect(error.message).to.include(`a request to stop after ${step} steps`);
      }
      const rest = await fit(tracedModel(), { ...settings, checkpoint });
      expect(bytesOf(rest.model)).to.deep.equal(bytesOf(whole.model));
      expect(rest.history).to.deep.equal(whole.history);
      expect(rest.bestEpoch).to.equal(whole.bestEpoch);
    });
  }

  it('gives the model so far with its error, and a layers model its weights', async () => {
    const model = layersModel();
    const before = model.getWeights().map((weight) => weight.dataSync());
    const error = await expectCode('aborted', () => fit(model, stoppedAt(3, { ...SETTINGS, data })));
    expect(error).to.be.instanceOf(TrainingError);
    const kernel = (error as TrainingError).model.weights.need('hidden/kernel').numbers();
    expect(model.getWeights()[0]?.dataSync()).to.deep.equal(kernel);
    expect(kernel).not.to.deep.equal(before[0]);
    model.dispose();
  });

  it('has written a model that loads as any other', async () => {
    const folder = checkpointFolder();
    const { model } = await fit(tracedModel(), { ...SETTINGS, data, checkpoint: { folder } });
    const loaded = await loadModel(folder);
    expect(bytesOf(loaded)).to.include(bytesOf(model));
    const stock = await tf.loadGraphModel(tf.io.fromMemory(await artifactsAt(folder)));
    const [ours, theirs] = tf.tidy(() => [
      (model.run(data.inputs)[0] as tf.Tensor).dataSync(),
      (stock.predict(data.inputs) as tf.Tensor).dataSync(),
    ]);
    expect(theirs).to.deep.equal(ours);
    stock.dispose();
    model.dispose();
  });

  it('keeps weights apart that are named as what training keeps', async () => {
    const model = renameNodes(
      tracedModel(),
      new Map([
        ['hidden/kernel', 'optimizer/accBeta1'],
        ['scores/kernel', 'best/hidden/bias'],
        ['scores/bias', 'loss/0'],
      ]),
    );
    const settings: FitOptions = { ...SETTINGS, data, restoreBest: true };
    const whole = await fit(model, settings);
    const checkpoint = { folder: checkpointFolder(), resume: true };
    await expectCode('aborted', () => fit(model, stoppedAt(9, { ...settings, checkpoint })));
    const rest = await fit(model, { ...settings, checkpoint });
    expect(bytesOf(rest.model)).to.deep.equal(bytesOf(whole.model));
  });

  it('begins anew where there is no checkpoint, and refuses a folder unless told to go on', async () => {
    const folder = checkpointFolder();
    await fit(tracedModel(), { ...SETTINGS, data, epochs: 1, checkpoint: { folder, resume: true } });
    const before = fs.readFileSync(path.join(folder, 'model.json'), 'utf8');
    await expectCode('io/exists', () => fit(tracedModel(), { ...SETTINGS, data, checkpoint: { folder } }));
    expect(fs.readFileSync(path.join(folder, 'model.json'), 'utf8')).to.equal(before);
    expect(fs.readdirSync(path.dirname(folder))).to.deep.equal(['checkpoint']);
  });

  it('can be made longer: the same bits as a longer one, where the rate does not hang on its length', async () => {
    const checkpoint = { folder: checkpointFolder(), resume: true };
    await fit(tracedModel(), { ...SETTINGS, data, epochs: 2, checkpoint });
    const longer = await fit(tracedModel(), { ...SETTINGS, data, epochs: 4, checkpoint });
    const whole = await fit(tracedModel(), { ...SETTINGS, data, epochs: 4 });
    expect(bytesOf(longer.model)).to.deep.equal(bytesOf(whole.model));
  });

  it('goes on with the same numbers in another form, and refuses other validation data and another watch', async () => {
    const checkpoint = { folder: checkpointFolder(), resume: true };
    const settings: FitOptions = {
      ...SETTINGS,
      data,
      checkpoint,
      validation: data,
      earlyStopping: { watch: 'validation/loss' },
    };
    await fit(tracedModel(), { ...settings, epochs: 1 });
    const numbers = {
      inputs: { values: await data.inputs.data<'float32'>(), shape: [100, 6] },
      labels: { values: Int32Array.from(await data.labels.data()), shape: [100] },
    };
    await fit(tracedModel(), { ...settings, data: numbers, validation: numbers, epochs: 2 });
    const other = examples(2);
    const refused = async (options: Partial<FitOptions>): Promise<string> =>
      (await expectCode('train/checkpoint', () => fit(tracedModel(), { ...settings, ...options }))).message;
    expect(await refused({ validation: other })).to.include(
      'on these validation examples, got one measured on',
    );
    expect(await refused({ earlyStopping: { watch: 'loss' } })).to.include(
      "expected 'validation/loss', as when",
    );
    tf.dispose([other.inputs, other.labels]);
  });

  it('refuses the checkpoint of another training', async () => {
    const folder = checkpointFolder();
    await fit(tracedModel(), { ...SETTINGS, data, epochs: 1, checkpoint: { folder } });
    const resume = (options: Partial<FitOptions>): Promise<Error> =>
      expectCode('train/checkpoint', () =>
        fit(tracedModel(), { ...SETTINGS, data, checkpoint: { folder, resume: true }, ...options }),
      );
    expect((await resume({ seed: 8 })).message).to.include('seed');
    expect((await resume({ batchSize: 8 })).message).to.include('batchSize');
    expect((await resume({ optimizer: 'sgd' })).message).to.include('Adam');
    const says = async (options: Partial<FitOptions>, expected: string, got: string): Promise<void> => {
      const { message } = await resume(options);
      expect(message).to.include(`expected ${expected}, got ${got}. Resume with the settings and data that`);
    };
    const rate = 'learningRate 0.01';
    await says({ learningRate: 0.02 }, 'a training with learningRate 0.02', `one with ${rate}`);
    await says(
      { learningRate: () => 0.01 },
      'a training with learningRate of a schedule',
      `one with ${rate}`,
    );
    await says(
      { optimizer: tf.train.adam(0.01, 0.8) },
      'a training with optimizer.beta1 0.8',
      'one with optimizer.beta1 0.9',
    );
    await says({ shuffle: false }, 'a training with shuffle false', 'one with shuffle true');
    await says({ accumulate: 2 }, 'a training with accumulate 2', 'one with accumulate 1');
    await says({ stepsPerEpoch: 3 }, 'a training with stepsPerEpoch 3', 'one without stepsPerEpoch');
    await says({ clip: { norm: 1 } }, 'a training with clip.norm 1', 'one without clip.norm');
    await says({ restoreBest: true }, 'a training with restoreBest true', 'one with restoreBest false');
    const half: FitOptions['loss'] = [{ loss: 'crossEntropy', weight: 0.5 }];
    await says({ loss: half }, 'a training with loss crossEntropy × 0.5', 'one with loss crossEntropy × 1');
    await says({ metrics: [] }, 'a training with metrics none', 'one with metrics accuracy');
    await says({ trainable: ['scores/kernel'] }, 'a training of these weights', 'one of others');
    await says({ momentum: 0.5 }, 'a training with momentum 0.5', 'one without momentum');
    const other = examples(2);
    await says({ data: other }, 'a training on these examples', 'one on others');
    const { inputs } = data;
    await says(
      { data: { inputs, labels: tf.zeros([100], 'int32') } },
      'a training on these examples',
      'one on others',
    );
    tf.dispose([other.inputs, other.labels]);
    fs.writeFileSync(
      path.join(folder, 'model.json'),
      '{"modelTopology": {"node": []}, "weightsManifest": []}',
    );
    expect((await resume({})).message).to.include('a model without training');
  });
});

async function artifactsAt(folder: string): Promise<tf.io.ModelArtifacts> {
  const json = JSON.parse(await fs.promises.readFile(path.join(folder, 'model.json'), 'utf8')) as {
    readonly modelTopology: object;
    readonly weightsManifest: readonly {
      readonly paths: string[];
      readonly weights: tf.io.WeightsManifestEntry[];
    }[];
  };
  const files = json.weightsManifest.flatMap(({ paths }) => paths);
  const parts = await Promise.all(files.map((file) => fs.promises.readFile(path.join(folder, file))));
  const bytes = new Uint8Array(Buffer.concat(parts));
  return {
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
    weightData: bytes.buffer,
  };
}
