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
