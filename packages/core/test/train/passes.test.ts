import {
  fit,
  fitPass,
  optimize,
  parseRecipe,
  recipeOf,
  reestimateBatchNorm,
  reestimateBatchNormPass,
  schedules,
  stringifyRecipe,
  traceFunction,
  trainingPasses,
  type FitPassOptions,
  type JsonObject,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { bytesOf, examples, SETTINGS, tracedModel } from './task.js';

describe('passes that train', function () {
  this.timeout(60_000);
  let data: ReturnType<typeof examples>;
  before(async () => {
    await tf.setBackend('cpu');
    data = examples();
  });
  after(() => tf.dispose([data.inputs, data.labels]));

  const OPTIONS = {
    ...{ loss: 'crossEntropy', metrics: ['accuracy'], epochs: 3, batchSize: 16, optimizer: 'momentum' },
    learningRate: { kind: 'warmUp', steps: 3, then: { kind: 'cosine', from: 0.05 } },
    earlyStopping: { watch: 'validation/loss', patience: 2 },
    ...{ validation: 'test', restoreBest: true, trainable: ['scores/kernel', 'scores/bias'] },
  } as const satisfies FitPassOptions;

  it('core/fit does what fit does, from its recipe, too', async () => {
    const direct = await fit(tracedModel(), {
      ...OPTIONS,
      ...{ data, validation: data, seed: 7 },
      learningRate: schedules.warmUp(3, schedules.cosine({ from: 0.05 })),
    });
    const text = stringifyRecipe(recipeOf([fitPass({ ...OPTIONS, data: 'digits' })], 7));
    await expectNoLeak(async () => {
      const { model, notes } = await optimize(tracedModel(), parseRecipe(text), {
        factories: trainingPasses,
        inputs: { digits: data, test: data },
      });
      expect(bytesOf(model)).to.deep.equal(bytesOf(direct.model));
      expect(bytesOf(model)).not.to.deep.equal(bytesOf(tracedModel()));
      expect(notes[0]?.message).to.match(
        /^\d+ steps; the last epoch's loss is .+; weights are those of epoch/,
      );
      model.dispose();
    });
  });

  it('core/fit keeps the facts of what it trains', async () => {
    const limit = 0.01;
    const fact = {
      name: 'test/small',
      check: () => [],
      projector: () => ({
        project: (name: string, updated: tf.Tensor) =>
          name === 'scores/kernel' ? tf.clipByValue(updated, -limit, limit) : updated,
      }),
    };
    const given = tracedModel();
    const model = given.with<'float'>({ facts: given.facts.with(fact, true) });
    const done = await optimize(model, fitPass({ epochs: 1, loss: 'crossEntropy' }), { inputs: { data } });
    expect(done.model.facts.has(fact)).to.equal(true);
    for (const value of done.model.weights.need('scores/kernel').numbers()) {
      expect(Math.abs(value)).to.be.at.most(Math.fround(limit));
    }
  });

  it('core/reestimate-batch-norm does what reestimateBatchNorm does, and lets others be', async () => {
    const direct = await reestimateBatchNorm(tracedModel(), data, { batchSize: 10 });
    const recipe = recipeOf([reestimateBatchNormPass({ batchSize: 10 })]);
    const { model } = await optimize(tracedModel(), recipe, { factories: trainingPasses, inputs: { data } });
    expect(bytesOf(model)).to.deep.equal(bytesOf(direct));
    const plain = traceFunction((x) => tf.relu(x), [{ shape: [null, 6] }]);
    const { changed, notes } = await optimize(plain, recipe, { factories: trainingPasses, inputs: { data } });
    expect(changed).to.equal(false);
    expect(notes[0]).to.include({ kind: 'declined' });
  });

  it('say what they ask for before anything runs', async () => {
    expect(fitPass(OPTIONS).asks).to.deep.equal(['data', 'test']);
    expect(fitPass(OPTIONS).trains).to.equal(true);
    await expectCode('context/missing', () =>
      optimize(tracedModel(), fitPass(OPTIONS), { inputs: { data } }),
    );
    await expectCode('model/stage', () =>
      optimize(tracedModel().with({ stage: 'integer' }), fitPass({ epochs: 1, loss: 'crossEntropy' }), {
        inputs: { data },
      }),
    );
  });

  const CASES: readonly (readonly [what: string, options: JsonObject, says: string])[] = [
    ['no loss', { epochs: 1 }, 'core/fit.loss: expected a name, got nothing.'],
    [
      'no epochs',
      { loss: 'crossEntropy' },
      'core/fit.epochs: expected a whole number from 1 up, got nothing.',
    ],
    ['a misspelt option', { ...SETTINGS, epoch: 1 }, "Did you mean 'epochs'?"],
    ['what is no data', { ...SETTINGS, augment: 'flip' }, "got 'augment'"],
    ['a rate below 0', { ...SETTINGS, learningRate: -1 }, 'learningRate: expected a number from 0 up'],
    [
      'a schedule that is none',
      { ...SETTINGS, learningRate: { kind: 'cos' } },
      'learningRate.kind: expected one of',
    ],
    [
      'weights by a pattern',
      { ...SETTINGS, trainable: 'scores' },
      'core/fit.trainable: expected a list of names',
    ],
  ];
  for (const [what, { seed: _, ...options }, says] of CASES) {
    it(`refuse ${what}`, () => {
      expect(() => trainingPasses['core/fit']?.(options, () => [])).to.throw(says);
    });
  }
});
