import { expectCode } from '@tfjs-optimize/testing';
import {
  fit,
  loadModel,
  restoreFacts,
  type Callbacks,
  type Control,
  type EpochRecord,
  type Fact,
  type FitOptions,
  type TrainingError,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { bytesOf, checkpointFolder, examples, SETTINGS, tracedModel } from './task.js';

/** No number of a weight is larger than this. */
const LIMIT: Fact<number> = {
  name: 'test/limit',
  check: (model, limit) =>
    [...model.weights.need('hidden/kernel').numbers()].some((value) => Math.abs(value) > limit)
      ? [{ subject: 'hidden/kernel', message: `is above ${limit}` }]
      : [],
  projector: (limit) => {
    // Made once for each value, as masks are.
    const bound = tf.scalar(limit);
    return {
      project: (name, updated) =>
        name === 'hidden/kernel' ? tf.maximum(tf.neg(bound), tf.minimum(bound, updated)) : updated,
      dispose: () => bound.dispose(),
    };
  },
  toJson: (limit) => limit,
  fromJson: (json) => json as number,
};

/** Halves the limit at every fifth step. */
const lowering: Callbacks = {
  facts: [LIMIT],
  onBegin: ({ step }, control) => {
    if (step === 0) control.establish(LIMIT, 0.5);
    control.tell('limit', control.facts.need(LIMIT));
  },
  onUpdate: ({ step }, control) => {
    if (step % 5 !== 0) return;
    control.establish(LIMIT, control.facts.need(LIMIT) * 0.5);
    control.tell('limit', control.facts.need(LIMIT));
  },
};

/** The limit after so many of {@link lowering}'s steps. */
const limitAt = (lowered: number): number =>
  Array.from({ length: lowered }).reduce<number>((a) => a / 2, 0.5);

describe('facts that change in a training', function () {
  this.timeout(60_000);
  let data: ReturnType<typeof examples>;
  let settings: FitOptions;
  before(() => tf.setBackend('cpu'));
  before(() => {
    data = examples();
    settings = { ...SETTINGS, data, callbacks: lowering };
  });
  after(() => tf.dispose([data.inputs, data.labels]));

  it('are obeyed from that moment on, come with the model, and are told', async () => {
    const limits: number[] = [];
    const strange: unknown[] = [];
    const look: Callbacks = {
      onStep: async ({ step, numbers }, control) => {
        const model = await control.model();
        limits.push(model.facts.need(LIMIT));
        strange.push(...LIMIT.check(model, limitAt(Math.floor(step / 5))));
        expect(numbers['limit']).to.equal(limits.at(-1));
        control.note({ level: 'info', kind: 'did', message: `looked at ${control.given.facts.size} facts` });
      },
    };
    const { numTensors } = tf.memory();
    const { model, history, notes } = await fit(tracedModel(), {
      ...settings,
      callbacks: [lowering, look],
    });
    expect(notes.map(({ message }) => message)).to.deep.equal(['looked at 0 facts']);
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(limits).to.deep.equal(Array.from({ length: 28 }, (_, i) => limitAt(Math.floor((i + 1) / 5))));
    expect(strange).to.deep.equal([]);
    expect(model.facts.need(LIMIT)).to.equal(limitAt(5));
    expect(history.map(({ numbers }) => numbers['limit'])).to.deep.equal([1, 2, 4, 5].map(limitAt));
    // The training would break it else.
    const free = await fit(tracedModel(), { ...settings, callbacks: {} });
    expect(LIMIT.check(free.model, limitAt(5))).to.have.length(1);
    expect(free.model.facts.size).to.equal(0);
  });

  it('see the weights of a step before they obey again, and where these are', async () => {
    const seen: number[] = [];
    const most = (control: Control): number =>
      tf.tidy(() => tf.max(tf.abs(control.weight('hidden/kernel'))).dataSync()[0] as number);
    await fit(tracedModel(), {
      ...settings,
      epochs: 1,
      callbacks: {
        facts: [LIMIT],
        onBegin: (_, control) => {
          seen.push(most(control));
          control.establish(LIMIT, 0.125);
          seen.push(most(control));
        },
        onUpdate: ({ step }, control) => void (step === 1 && seen.push(most(control))),
        onStep: ({ step }, control) => void (step === 1 && seen.push(most(control))),
      },
    });
    const [before, begun, updated, done] = seen as [number, number, number, number];
    expect(before).to.be.greaterThan(0.125);
    expect([begun, done]).to.deep.equal([0.125, 0.125]);
    expect(updated).to.be.greaterThan(0.125);
  });

  it('are those of the best epoch where its weights are restored', async () => {
    // Weights that may move less and less get worse in no epoch but the last ones: the rate makes those.
    const result = await fit(tracedModel(), {
      ...settings,
      validation: data,
      restoreBest: true,
      learningRate: (step) => (step < 14 ? 0.01 : 1),
    });
    const best = result.bestEpoch as number;
    expect(best).to.be.lessThan(3);
    const { model } = result;
    expect(model.facts.need(LIMIT)).to.equal(limitAt([1, 2, 4, 5][best] as number));
    expect(LIMIT.check(model, model.facts.need(LIMIT))).to.deep.equal([]);
  });

  it('can have the best epoch looked for anew', async () => {
    const rate = (step: number): number => (step < 14 ? 0.01 : 1);
    const forget = (_: EpochRecord, control: Control): void => control.forgetBest();
    const { numTensors } = tf.memory();
    const { bestEpoch } = await fit(tracedModel(), {
      ...settings,
      ...{ validation: data, restoreBest: true, learningRate: rate, earlyStopping: { patience: 1 } },
      callbacks: [lowering, { onEpoch: forget }],
    });
    // Each epoch is the first that counts, and none is worse than those before.
    expect(bestEpoch).to.equal(undefined);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  for (const at of [3, 5, 17]) {
    it(`are taken up with a checkpoint of step ${at}: the same bits as without a break`, async () => {
      const checkpoint = { folder: checkpointFolder() };
      // Gets worse from step 14 on, so that the best epoch is another than the last one, and has other facts.
      const learningRate = (step: number): number => (step < 14 ? 0.01 : 1);
      const best = { validation: data, restoreBest: true, learningRate } as const;
      const whole = await fit(tracedModel(), { ...settings, ...best });
      const controller = new AbortController();
      const stop: Callbacks = {
        onStep: async ({ step }) => {
          if (step !== at) return;
          controller.abort();
          await wait(30);
        },
      };
      const error = (await expectCode('aborted', () =>
        fit(tracedModel(), {
          ...{ ...settings, ...best, checkpoint, signal: controller.signal },
          callbacks: [lowering, stop],
        }),
      )) as TrainingError;
      const saved = restoreFacts(await loadModel(checkpoint.folder), [LIMIT]);
      expect(saved.facts.need(LIMIT)).to.equal(limitAt(Math.floor(at / 5)));
      expect(error.model.facts.need(LIMIT)).to.equal(saved.facts.need(LIMIT));
      const rest = await fit(tracedModel(), {
        ...{ ...settings, ...best },
        checkpoint: { ...checkpoint, resume: true },
      });
      expect(bytesOf(rest.model)).to.deep.equal(bytesOf(whole.model));
      expect(rest.model.facts.need(LIMIT)).to.equal(whole.model.facts.need(LIMIT));
      expect(rest.history).to.deep.equal(whole.history);
      expect(rest.bestEpoch).to.equal(whole.bestEpoch);
    });
  }

  it('are not lost where a training is resumed without those who know them', async () => {
    const checkpoint = { folder: checkpointFolder(), resume: true };
    await fit(tracedModel(), { ...settings, epochs: 1, checkpoint });
    const error = await expectCode('train/checkpoint', () =>
      fit(tracedModel(), { ...settings, callbacks: {}, checkpoint }),
    );
    expect(error.message).to.include(`a model or callbacks that know its fact 'test/limit'`);
  });

  it('are as they were in the last good model of a training that failed', async () => {
    const { numTensors } = tf.memory();
    const failing: Callbacks = {
      onUpdate: ({ step }) => {
        if (step === 10) throw new Error('no mask');
      },
    };
    const error = (await expectCode('train/failed', () =>
      fit(tracedModel(), { ...settings, callbacks: [lowering, failing] }),
    )) as TrainingError;
    // The step that failed had lowered it already.
    expect(error.model.facts.need(LIMIT)).to.equal(limitAt(1));
    expect(LIMIT.check(error.model, limitAt(1))).to.deep.equal([]);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('are refused where nothing can keep them, as are strange names', async () => {
    const { numTensors } = tf.memory();
    const begin = (act: (control: Control) => void, more: Partial<FitOptions> = {}) =>
      fit(tracedModel(), { ...settings, ...more, callbacks: { onBegin: (_, control) => act(control) } });
    const { toJson: _, ...unsaved } = LIMIT;
    await expectCode('train/checkpoint', () =>
      begin((control) => control.establish(unsaved, 1), { checkpoint: { folder: checkpointFolder() } }),
    );
    await expectCode('argument/invalid', () =>
      begin((control) => control.establish({ ...LIMIT, running: () => [] }, 1)),
    );
    const near = await expectCode('argument/invalid', () =>
      begin((control) => control.weight('hiden/kernel')),
    );
    expect(near.message).to.include(`Did you mean 'hidden/kernel'?`);
    await expectCode('argument/invalid', () => begin((control) => control.tell('loss', 1)));
    const wrong = await expectCode('argument/invalid', () =>
      fit(tracedModel(), { ...settings, callbacks: [lowering, { onSteps: () => 0 } as Callbacks] }),
    );
    expect(wrong.message).to.include('callbacks[1].onSteps').and.include(`Did you mean 'onStep'?`);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });
});
