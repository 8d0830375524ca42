import { expectCode, tempFolder } from '@tfjs-optimize/testing';
import {
  fit,
  loadModel,
  restoreFacts,
  traceLayersModel,
  Weight,
  type Callbacks,
  type Control,
  type FitOptions,
  type Model,
  type TrainingError,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { customMask } from '../../src/index.js';
import { masked, prunedCount, type Masks } from '../../src/masks/mask.js';
import { masksFact } from '../../src/masks/masks-fact.js';
import { largestMagnitudes } from '../../src/methods/unstructured.js';
import { sparsities } from '../../src/schedules/sparsities.js';
import type { TrainingSelection } from '../../src/training/mask-plan.js';
import { maskBy } from '../../src/training/method.js';
import { pruneWhileTraining } from '../../src/training/prune-while-training.js';
import { bytesOf, DATA, EXAMPLES, layersModel, SETTINGS, tracedModel, zerosOf } from './task.js';

const KERNELS = { 'conv/kernel': 72, 'hidden/kernel': 192, 'scores/kernel': 36 } as const;
const names = Object.keys(KERNELS) as (keyof typeof KERNELS)[];

/** Trains the small network while it is pruned. */
const pruned = (options: TrainingSelection, more: Partial<FitOptions> = {}) =>
  fit(tracedModel(), { ...SETTINGS, ...more, callbacks: pruneWhileTraining(options) });

const shares = (model: Model): number[] =>
  names.map((name) => Number((zerosOf(model, name) / KERNELS[name]).toFixed(4)));

/** Weights as TensorFlow Model Optimization trains them: masked before each step, of values as the step before left them. */
async function byHand(schedule: ReturnType<typeof sparsities.polynomial>, steps: number): Promise<Model> {
  const { prunesAt, sparsityAt } = schedule.over(steps);
  let model = tracedModel();
  let masks: Masks = new Map();
  for (let step = 0; ; step++) {
    if (prunesAt(step)) {
      masks = new Map(
        names.map((name) => {
          const { shape } = model.weights.need(name);
          const scores = model.weights.need(name).numbers() as Float32Array;
          return [name, { shape, kept: largestMagnitudes({ scores }, sparsityAt(step)) }];
        }),
      );
    }
    const zeros = [...masks].map(([name, mask]) => {
      const { shape } = mask;
      return [
        name,
        Weight.of(masked(model.weights.need(name).numbers() as Float32Array, mask), shape),
      ] as const;
    });
    model = model.with({ weights: model.weights.with(new Map(zeros)) });
    if (step === steps) return model;
    const first = (16 * step) % EXAMPLES;
    const data = {
      inputs: { values: DATA.inputs.values.subarray(32 * first, 32 * (first + 16)), shape: [16, 4, 4, 2] },
      labels: { values: DATA.labels.values.subarray(first, first + 16), shape: [16] },
    };
    ({ model } = await fit(model, {
      ...SETTINGS,
      ...{ data, epochs: 1, shuffle: false, optimizer: 'sgd', learningRate: 0.3 },
    }));
  }
}

describe('pruneWhileTraining', function () {
  this.timeout(60_000);
  before(() => tf.setBackend('cpu'));

  it('does what TensorFlow Model Optimization does, to the bit', async () => {
    // Downwards, so that weights come back: those whose last step was the largest.
    const schedule = sparsities.polynomial({ from: 0.6, to: 0.1, begin: 2, end: 14, frequency: 2 });
    const wanted = await byHand(schedule, 20);
    let previous: Masks = new Map();
    let back = 0;
    const look: Callbacks = {
      onStep: (_, { facts }) => {
        const now = facts.get(masksFact) ?? previous;
        for (const [name, { kept }] of previous)
          back += kept.filter((one, i) => one === 0 && now.get(name)?.kept[i] === 1).length;
        previous = now;
      },
    };
    const { model } = await fit(tracedModel(), {
      ...SETTINGS,
      ...{ shuffle: false, optimizer: 'sgd', learningRate: 0.3 },
      callbacks: [pruneWhileTraining({ schedule }), look],
    });
    const signless = (each: Model): Float32Array[] =>
      names.map((name) => each.weights.need(name).numbers().map(Math.abs) as Float32Array);
    // Zeros of a mask have the sign of what was there.
    expect(signless(model)).to.deep.equal(signless(wanted));
    expect(shares(model)).to.deep.equal([0.0972, 0.099, 0.1111]);
    expect(back, 'weights that came back').to.be.greaterThan(0);
  });

  it('keeps pruned weights zero between, tells how many there are, and leaves no tensors', async () => {
    const schedule = sparsities.polynomial({ to: 0.75, begin: 2, end: 14, frequency: 5 });
    const seen: number[] = [];
    const broken: unknown[] = [];
    const { numTensors } = tf.memory();
    const progress: string[] = [];
    const { model, history } = await fit(tracedModel(), {
      ...SETTINGS,
      callbacks: [
        pruneWhileTraining({ schedule, method: maskBy.l1() }),
        {
          onStep: async ({ numbers }, control) => {
            seen.push(numbers['sparsity'] as number);
            const now = await control.model();
            broken.push(...masksFact.check(now, now.facts.get(masksFact) ?? new Map()));
          },
        },
      ],
      progress: ({ message = '' }) => void progress.push(message),
    });
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(broken).to.deep.equal([]);
    // At 2, 7 and 12 by its frequency, and at 14, where it ends.
    const changes = seen.map((value, i) => (i > 0 && value !== seen[i - 1] ? i + 1 : 0)).filter(Boolean);
    expect(changes).to.deep.equal([7, 12, 14]);
    expect(seen.at(-1)).to.equal(0.75);
    expect(history.at(-1)?.numbers['sparsity']).to.equal(0.75);
    expect(progress.at(-1)).to.include('sparsity 0.7500');
    const masks = model.facts.need(masksFact);
    expect([...masks.values()].reduce((sum, mask) => sum + prunedCount(mask), 0)).to.equal(225);
    expect(shares(model)).to.deep.equal([0.75, 0.75, 0.75]);
  });

  it('prunes before the first step, at the last one, and not where a schedule is over', async () => {
    const first = await pruned({ schedule: sparsities.oneShot({ to: 0.5 }) }, { epochs: 1, learningRate: 0 });
    expect(shares(first.model)).to.deep.equal([0.5, 0.5, 0.5]);
    const last = await pruned({ schedule: sparsities.oneShot({ to: 0.5, at: 20 }) });
    expect(shares(last.model)).to.deep.equal([0.5, 0.5, 0.5]);
    const { model } = await fit(tracedModel(), SETTINGS);
    const kept = last.model.facts.need(masksFact).get('hidden/kernel')?.kept as Uint8Array;
    const dense = [...model.weights.need('hidden/kernel').numbers()];
    expect([...last.model.weights.need('hidden/kernel').numbers()].map((value) => value + 0)).to.deep.equal(
      dense.map((value, i) => (kept[i] === 0 ? 0 : value)),
    );
  });

  it('takes methods: all weights together, by chance, N of M, blocks, channels', async () => {
    const at = async (method: TrainingSelection['method'], to: number): Promise<number[]> => {
      const schedule = sparsities.polynomial({ to, end: 6, frequency: 3 });
      const result = await pruned({ schedule, ...(method && { method }) }, { epochs: 2 });
      expect(masksFact.check(result.model, result.model.facts.need(masksFact))).to.deep.equal([]);
      return shares(result.model);
    };
    const together = await at(maskBy.global(), 0.8);
    expect(new Set(together).size).to.equal(3);
    expect(names.reduce((sum, name, i) => sum + KERNELS[name] * (together[i] as number), 0)).to.be.closeTo(
      240,
      0.1,
    );
    expect(await at(maskBy.random(3), 0.5)).to.deep.equal([0.5, 0.5, 0.5]);
    expect(await at(maskBy.nOfM('1:2'), 0.5)).to.deep.equal([0.5, 0.5, 0.5]);
    // Scores of classes stay.
    expect(await at(maskBy.channels(), 0.5)).to.deep.equal([0.5, 0.5, 0]);
    const { model, notes } = await pruned({
      schedule: sparsities.oneShot({ to: 0.5, at: 2 }),
      method: maskBy.blocks({ block: [4, 3] }),
    });
    // Half of three blocks, rounded to even, is kept.
    expect(shares(model)).to.deep.equal([0, 0.5, 0.3333]);
    const [note] = notes.filter(({ kind }) => kind === 'declined');
    expect(note?.message).to.include(`weight 'conv/kernel' stays whole: blocks are those of matrices`);
  });

  it('zeroes scores of classes where they are named alone', async () => {
    const to = { schedule: sparsities.oneShot({ to: 0.6 }), method: maskBy.channels() };
    const left = await pruned(to, { epochs: 1 });
    expect(left.notes.map(({ message }) => message).join()).to.include(
      "weight 'scores/kernel' stays whole: its channels are outputs of the model",
    );
    for (const options of [
      { ...to, perLayer: { scores: 0.6 } },
      { ...to, layers: ['scores'] },
    ]) {
      const named = await pruned(options, { epochs: 1 });
      expect(zerosOf(named.model, 'scores/kernel')).to.equal(24);
    }
  });

  it('notes what it leaves out: frozen layers, and what is not trained', async () => {
    const layers = layersModel();
    layers.getLayer('hidden').trainable = false;
    const model = traceLayersModel(layers);
    layers.dispose();
    const callbacks = pruneWhileTraining({ schedule: sparsities.oneShot({ to: 0.5 }) });
    const left = async (given: Model<'float'>, more: Partial<FitOptions> = {}): Promise<string[]> => {
      const { notes } = await fit(given, { ...SETTINGS, epochs: 1, ...more, callbacks });
      return notes.map(({ message }) => message).filter((message) => message.includes('stays whole'));
    };
    expect(await left(tracedModel())).to.deep.equal([]);
    expect(await left(model)).to.deep.equal(["weight 'hidden/kernel' stays whole: its layer is frozen"]);
    expect(await left(tracedModel(), { trainable: ['scores/kernel', 'conv/kernel'] })).to.deep.equal([
      "weight 'hidden/kernel' stays whole: the training leaves it as it is",
    ]);
  });

  it('warns where nothing is left of a weight', async () => {
    const { notes } = await pruned(
      { schedule: sparsities.oneShot({ to: 0.99 }), method: maskBy.l1(), layers: ['scores'] },
      { epochs: 1 },
    );
    expect(notes.find(({ level }) => level === 'warning')?.message).to.equal(
      "weight 'scores/kernel' has no element left",
    );
  });

  it('lets chance take more and more of the same weights', async () => {
    const kept: Masks[] = [];
    await fit(tracedModel(), {
      ...SETTINGS,
      callbacks: [
        pruneWhileTraining({
          schedule: sparsities.iterative({ to: 0.8, rounds: 4, end: 16 }),
          method: maskBy.random(1),
        }),
        { onEpoch: (_, control) => void kept.push(control.facts.need(masksFact)) },
      ],
    });
    for (let i = 1; i < kept.length; i++) {
      for (const name of names) {
        const [before, now] = [kept[i - 1]?.get(name)?.kept, kept[i]?.get(name)?.kept];
        expect(before?.some((one, at) => one === 0 && now?.[at] === 1)).to.equal(false);
      }
    }
  });

  it('prunes layers that are chosen, each to its sparsity', async () => {
    const schedule = sparsities.polynomial({ to: 0.5, end: 10, frequency: 5 });
    const { model } = await pruned({
      schedule,
      exclude: ['scores'],
      perLayer: { conv: 0.25, 'hidden/kernel': { schedule: sparsities.oneShot({ to: 0.75, at: 3 }) } },
    });
    expect(shares(model)).to.deep.equal([0.25, 0.75, 0]);
    const only = await pruned({ schedule, layers: ['scores'] });
    expect(shares(only.model)).to.deep.equal([0, 0, 0.5]);
    expect([...only.model.facts.need(masksFact).keys()]).to.deep.equal(['scores/kernel']);
  });

  it('keeps what was pruned before the training', async () => {
    const kept = Uint8Array.from({ length: 36 }, (_, i) => (i < 9 ? 0 : 1));
    const { model } = customMask(tracedModel(), { scores: { shape: [12, 3], kept } });
    const { model: trained } = await fit(model, {
      ...SETTINGS,
      callbacks: pruneWhileTraining({
        schedule: sparsities.constant({ to: 0.5, frequency: 3 }),
        method: maskBy.l1(),
      }),
    });
    expect(shares(trained)).to.deep.equal([0.5, 0.5, 0.5]);
    expect(
      [...trained.weights.need('scores/kernel').numbers()].slice(0, 9).every((value) => value === 0),
    ).to.equal(true);
  });

  it('gives no better model of before where the best epoch is asked for', async () => {
    const { model, bestEpoch } = await pruned(
      { schedule: sparsities.polynomial({ to: 0.9, end: 13, frequency: 4 }) },
      { validation: DATA, restoreBest: true, learningRate: (step) => (step < 8 ? 0.01 : 1) },
    );
    expect(bestEpoch).to.be.at.least(3);
    expect(shares(model)).to.deep.equal([0.9028, 0.901, 0.8889]);
  });

  for (const at of [5, 9, 12, 17]) {
    it(`gives the bits of an uninterrupted training when it is resumed after step ${at}`, async () => {
      const pruning = pruneWhileTraining({
        schedule: sparsities.polynomial({ to: 0.9, begin: 1, end: 13, frequency: 4 }),
        method: maskBy.global(),
      });
      const settings = { ...SETTINGS, validation: DATA, restoreBest: true, callbacks: pruning };
      const whole = await fit(tracedModel(), settings);
      const folder = path.join(tempFolder('pruning'), 'checkpoint');
      const controller = new AbortController();
      const stop: Callbacks = {
        onStep: async ({ step }) => {
          if (step !== at) return;
          controller.abort();
          await wait(30);
        },
      };
      const { signal } = controller;
      const error = (await expectCode('aborted', () =>
        fit(tracedModel(), { ...settings, signal, callbacks: [pruning, stop], checkpoint: { folder } }),
      )) as TrainingError;
      const saved = restoreFacts(await loadModel(folder), [masksFact]);
      expect(saved.facts.need(masksFact)).to.deep.equal(error.model.facts.need(masksFact));
      const rest = await fit(tracedModel(), { ...settings, checkpoint: { folder, resume: true } });
      expect(bytesOf(rest.model)).to.deep.equal(bytesOf(whole.model));
      expect(rest.model.facts.need(masksFact)).to.deep.equal(whole.model.facts.need(masksFact));
      expect(rest.history).to.deep.equal(whole.history);
      expect(rest.bestEpoch).to.equal(whole.bestEpoch);
    });
  }

  it('refuses what cannot be, before the first step', async () => {
    const { numTensors } = tf.memory();
    const schedule = sparsities.polynomial({ to: 0.8, end: 10 });
    const steps: number[] = [];
    const refused = async (
      code: Parameters<typeof expectCode>[0],
      message: string,
      options: Partial<TrainingSelection>,
      more: Partial<FitOptions> = {},
    ): Promise<void> => {
      const error = await expectCode(code, () =>
        fit(tracedModel(), {
          ...{ ...SETTINGS, ...more },
          callbacks: [
            pruneWhileTraining({ schedule, ...options }),
            { onStep: ({ step }) => void steps.push(step) },
          ],
        }),
      );
      expect(error.message).to.include(message);
    };
    await refused('pruning/schedule', 'within the training, which has 20', {
      schedule: sparsities.polynomial({ to: 0.8, end: 21 }),
    });
    const endless = (): Iterable<never> => [];
    await refused(
      'pruning/schedule',
      'data that tell no size',
      { schedule: sparsities.cosine({ to: 0.8 }) },
      { data: endless },
    );
    await refused('pruning/schedule', 'at most 0.5', { method: maskBy.nOfM('2:4') });
    await refused('pruning/schedule', 'from 0 to below 1', { perLayer: { conv: 1 } });
    await refused('pruning/layer', `Did you mean 'hidden'?`, { layers: ['hiden'] });
    await refused('pruning/layer', `Did you mean 'scores'?`, { perLayer: { score: 0.5 } });
    await refused(
      'pruning/weight',
      'one that is trained',
      { layers: ['hidden'] },
      { trainable: ['scores/kernel'] },
    );
    await refused('argument/invalid', 'got a function', { schedule: (() => 0.5) as never });
    await refused('argument/invalid', `Did you mean 'perLayer'?`, { perlayer: {} } as never);
    await refused('argument/invalid', 'expected a schedule', {
      perLayer: { conv: { schedule: 0.5 as never } },
    });
    await expectCode('pruning/amount', () => maskBy.nOfM('4:4'));
    await expectCode('argument/invalid', () => maskBy.nOfM('2:4', { axes: 1 } as never));
    await expectCode('argument/invalid', () => maskBy.blocks({ blocks: [4, 3] } as never));
    await expectCode('argument/invalid', () => maskBy.channels({ norm: 1 } as never));
    expect(steps).to.deep.equal([]);
    expect(tf.memory().numTensors).to.equal(numTensors);
    // Weights that are not trained stay out where nobody names them.
    const { model } = await pruned({ schedule }, { trainable: ['scores/kernel'] });
    expect(shares(model)).to.deep.equal([0, 0, 0.8056]);
  });

  it('ends with the last good model where weights are NaN when masks are made', async () => {
    const { numTensors } = tf.memory();
    const options: TrainingSelection = { schedule: sparsities.constant({ to: 0.5, frequency: 5 }) };
    const error = (await expectCode('pruning/weight', () =>
      pruned(options, {
        ...{ optimizer: 'sgd', loss: [{ loss: 'crossEntropy', weight: 1e4 }] },
        learningRate: (step) => (step === 9 ? 1e38 : 1e-6),
      }),
    )) as TrainingError;
    expect(error.message)
      .to.include('after 9 steps')
      .and.include('step 10')
      .and.match(/got (NaN|-?Infinity) at element/);
    expect(shares(error.model)).to.deep.equal([0.5, 0.5, 0.5]);
    expect(masksFact.check(error.model, error.model.facts.need(masksFact))).to.deep.equal([]);
    expect(error.model.weights.need('hidden/kernel').numbers().every(Number.isFinite)).to.equal(true);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it('reads weights at steps that make masks alone', async () => {
    let reads = 0;
    const spy = (control: Control): Control =>
      new Proxy(control, {
        get: (target, key) => {
          if (key === 'weight') reads++;
          return Reflect.get(target, key, target) as unknown;
        },
      });
    const pruning = pruneWhileTraining({
      schedule: sparsities.constant({ to: 0.5, begin: 4, frequency: 8 }),
    });
    const controls = new WeakMap<Control, Control>();
    const wrapped = (control: Control): Control => {
      const known = controls.get(control) ?? spy(control);
      controls.set(control, known);
      return known;
    };
    await fit(tracedModel(), {
      ...SETTINGS,
      callbacks: {
        ...pruning,
        onBegin: (start, control) => pruning.onBegin?.(start, wrapped(control)),
        onUpdate: (moment, control) => pruning.onUpdate?.(moment, wrapped(control)),
      },
    });
    // At 4, 12 and 20, each of three kernels once.
    expect(reads).to.equal(9);
  });
});
