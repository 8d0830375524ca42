import { expectCode } from '@tfjs-optimize/testing';
import { fit, type FitOptions, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { masksFact } from '../../src/masks/masks-fact.js';
import { maskBy } from '../../src/training/method.js';
import { pruneIteratively, type PruneIterativelyOptions } from '../../src/training/prune-iteratively.js';
import { bytesOf, DATA, layersModel, SETTINGS, tracedModel, zerosOf } from './task.js';

const fineTune: FitOptions = { ...SETTINGS, epochs: 1 };
const base = { amount: 0.875, rounds: 3, fineTune, method: maskBy.l1() } satisfies PruneIterativelyOptions;

/** Which of a weight are not zero, with their values. */
const left = (model: Model, name: string): [number, number][] =>
  [...model.weights.need(name).numbers()].flatMap((value, i) => (value === 0 ? [] : [[i, value]]));

describe('pruneIteratively', function () {
  this.timeout(60_000);
  let dense: Model<'float'>;
  before(() => tf.setBackend('cpu'));
  before(async () => void ({ model: dense } = await fit(tracedModel(), { ...SETTINGS, epochs: 1 })));

  it('prunes the same share of what is left in each round, and trains with it', async () => {
    const before = bytesOf(dense);
    const events: string[] = [];
    const { numTensors } = tf.memory();
    const result = await pruneIteratively(dense, {
      ...base,
      evaluate: (model) => -zerosOf(model, 'hidden/kernel'),
      reestimate: DATA,
      progress: ({ done, total, message }) => void events.push(`${done}/${total} ${message}`),
    });
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(bytesOf(dense)).to.deep.equal(before);
    expect(result.rounds.map(({ sparsity }) => Number(sparsity.toFixed(3)))).to.deep.equal([
      0.5, 0.75, 0.877,
    ]);
    expect(result.rounds.map(({ metric }) => metric)).to.deep.equal([-96, -144, -168]);
    expect(events).to.deep.equal([
      '1/3 50.0 % zeros, -96.00',
      '2/3 75.0 % zeros, -144.0',
      '3/3 87.7 % zeros, -168.0',
    ]);
    expect([result.ended, result.kept]).to.deep.equal(['finished', 3]);
    const { model } = result;
    expect(masksFact.check(model, model.facts.need(masksFact))).to.deep.equal([]);
    expect(model.weights.need('hidden/kernel').bytes).not.to.deep.equal(
      dense.weights.need('hidden/kernel').bytes,
    );
  });

  it('takes what is left back to where it was, or the learning rate, or nothing', async () => {
    const start = tracedModel();
    const rates: number[] = [];
    const learningRate = (step: number, steps: number): number => {
      rates.push(step);
      // The last step of a round is not taken, so that weights show where it began.
      return step < 0 ? 0 : steps > 0 ? 0 : 1;
    };
    const still = { ...base, fineTune: { ...fineTune, learningRate } };
    const rewound = await pruneIteratively(dense, { ...still, rewind: 'weights', start });
    const kept = left(rewound.model, 'hidden/kernel');
    expect(kept).to.have.length(24);
    const early = start.weights.need('hidden/kernel').numbers();
    expect(kept).to.deep.equal(kept.map(([i]) => [i, early[i]]));
    expect(new Set(rates)).to.deep.equal(new Set([0, 1, 2, 3]));
    rates.length = 0;
    const onward = await pruneIteratively(dense, { ...still, rewind: 'nothing' });
    // All of a round goes at the rate of the schedule's last step.
    expect(new Set(rates)).to.deep.equal(new Set([3]));
    const now = dense.weights.need('hidden/kernel').numbers();
    const rest = left(onward.model, 'hidden/kernel');
    expect(rest).to.deep.equal(rest.map(([i]) => [i, now[i]]));
  });

  it('ends before the model gets too bad', async () => {
    const metrics = [0.9, 0.89, 0.7];
    let asked = 0;
    const result = await pruneIteratively(dense, {
      ...base,
      evaluate: () => metrics[asked++] as number,
      maxDrop: 0.05,
    });
    expect([result.ended, result.kept, result.rounds.length]).to.deep.equal(['metric', 1, 2]);
    expect(zerosOf(result.model, 'hidden/kernel')).to.equal(96);
    const none = await pruneIteratively(dense, {
      ...base,
      evaluate: (model) => (model === dense ? 1 : NaN),
      maxDrop: 0.05,
    });
    expect([none.kept, none.model === dense]).to.deep.equal([0, true]);
  });

  it('takes layers models, and refuses what cannot be', async () => {
    const layers = layersModel();
    const { model } = await pruneIteratively(layers, { ...base, rounds: 1, layers: ['scores'] });
    expect([...model.facts.need(masksFact).keys()]).to.deep.equal(['scores/kernel']);
    layers.dispose();
    const refused: readonly [Parameters<typeof expectCode>[0], Partial<PruneIterativelyOptions>, string][] = [
      ['pruning/schedule', { amount: 1 }, 'from 0 to below 1, got 1'],
      ['pruning/schedule', { rounds: 0 }, 'from 1 up, got 0'],
      ['pruning/layer', { layers: ['hiden'] }, `Did you mean 'hidden'?`],
      ['argument/invalid', { rewind: 'weights' }, 'the model to go back to'],
      ['argument/invalid', { start: dense }, `rewind: 'weights' with it`],
      ['argument/invalid', { maxDrop: 1 }, 'evaluate, which tells'],
      ['argument/invalid', { fineTune: undefined as never }, 'options of fit'],
      ['aborted', { signal: AbortSignal.abort() }, 'a request to stop'],
    ];
    for (const [code, more, message] of refused) {
      const error = await expectCode(code, () => pruneIteratively(dense, { ...base, ...more }));
      expect(error.message).to.include(message);
    }
    const small = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const { model: other } = await pruneIteratively(small, {
      ...{ ...base, rounds: 1 },
      fineTune: { ...fineTune, data: { inputs: tf.zeros([2, 3]), labels: tf.zeros([2], 'int32') } },
    });
    const wrong = await expectCode('pruning/weight', () =>
      pruneIteratively(dense, { ...base, rewind: 'weights', start: other }),
    );
    expect(wrong.message).to.include(`expected a weight 'conv/kernel' of shape [3,3,2,4]`);
  });
});
