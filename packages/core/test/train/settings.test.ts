import { expectCode, maxDifference, nets } from '@tfjs-optimize/testing';
import {
  fit,
  GraphBuilder,
  schedules,
  traceLayersModel,
  type EpochRecord,
  type FitOptions,
  type Loss,
  type Model,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { bytesOf, examples, SETTINGS, tracedModel } from './task.js';

const numbersOf = (model: Model, name: string): Float32Array =>
  model.weights.need(name).numbers() as Float32Array;

/** One weight w of one number, whose gradient a loss sets. */
function single(value = 0): Model<'float'> {
  const builder = new GraphBuilder();
  const x = builder.input('x', [-1, 1]);
  builder.output(builder.op('Mul', [x, builder.constant('w', [value], [1])]));
  return builder.build();
}

/** Trains w by plain steps, with the mean of x · w as its loss: its gradient is the mean of x. */
function slide(options: Partial<FitOptions>, x: readonly number[] = [1]): Promise<number> {
  const inputs = { values: Float32Array.from(x), shape: [x.length, 1] };
  return fit(single(), {
    data: { inputs },
    loss: ({ outputs }) => tf.mean(outputs[0] as tf.Tensor),
    epochs: 1,
    batchSize: 1,
    shuffle: false,
    optimizer: 'sgd',
    learningRate: 1,
    ...options,
  }).then(({ model }) => numbersOf(model, 'w')[0] as number);
}

describe('settings of fit', function () {
  this.timeout(30_000);
  before(() => tf.setBackend('cpu'));

  it('takes learning rates from a schedule at each step', async () => {
    const rates: number[] = [];
    const learningRate = (step: number, steps: number): number => {
      rates.push(steps);
      return step + 1;
    };
    expect(await slide({ learningRate, epochs: 2 }, [1, 1])).to.equal(-(1 + 2 + 3 + 4));
    expect(rates).to.deep.equal([4, 4, 4, 4]);
  });

  it('bounds gradients by value, and by the norm of all', async () => {
    expect(await slide({ clip: { value: 0.5 } }, [3, -2, 0.25])).to.equal(-0.25);
    expect(await slide({ clip: { norm: 0.5 } }, [3, 0.25])).to.be.closeTo(-0.75, 1e-7);
  });

  it('makes one step of several batches: as of one batch that is as large', async () => {
    const data = examples();
    const model = traceLayersModel(nets.mlp({ widths: [6, 8, 3], seed: 1 }));
    const settings = { ...SETTINGS, data, shuffle: false } as const;
    const [large, small] = [
      await fit(model, { ...settings, batchSize: 20 }),
      await fit(model, { ...settings, batchSize: 5, accumulate: 4 }),
    ];
    expect(small.history.at(-1)?.steps).to.equal(large.history.at(-1)?.steps);
    for (const name of ['dense_0/kernel', 'dense_1/bias'])
      expect(maxDifference(numbersOf(large.model, name), numbersOf(small.model, name))).to.be.below(1e-5);
    // What is left at the end of an epoch is a step, too.
    expect(await slide({ accumulate: 2, learningRate: 1 }, [1, 3, 5])).to.equal(-(2 + 5));
    tf.dispose([data.inputs, data.labels]);
  });

  it('adds losses up, each by its weight, and tells them apart', async () => {
    const one = { name: 'one', compute: () => tf.scalar(1) };
    const slope = {
      name: 'slope',
      compute: ({ outputs }: { readonly outputs: readonly tf.Tensor[] }) =>
        tf.mean<tf.Scalar>(outputs[0] as tf.Tensor),
    };
    const records: EpochRecord[] = [];
    const w = await slide({
      loss: [
        { loss: one, weight: 3 },
        { loss: slope, weight: (step) => 10 ** step },
      ],
      epochs: 2,
      callbacks: { onEpoch: (record) => void records.push(record) },
    });
    expect(w).to.equal(-11);
    expect(records[0]?.numbers).to.deep.equal({ loss: 3, 'loss/one': 1, 'loss/slope': 0 });
    expect(records[1]?.numbers).to.deep.equal({ loss: 3 - 10, 'loss/one': 1, 'loss/slope': -1 });
  });

  it('ends early, and gives the weights of the best epoch', async () => {
    // The number that is watched falls for three epochs and rises after.
    const watched = [5, 4, 3, 4, 5, 6, 7];
    let epoch = 0;
    const settings: Partial<FitOptions> = {
      epochs: 7,
      metrics: [{ name: 'error', compute: () => tf.scalar(watched[epoch] as number) }],
      callbacks: { onEpoch: () => void epoch++ },
      earlyStopping: { watch: 'error', patience: 1 },
    };
    const run = async (more: Partial<FitOptions>): Promise<[number, number]> => {
      epoch = 0;
      return [await slide({ ...settings, ...more }), epoch];
    };
    expect(await run({})).to.deep.equal([-4, 4]);
    expect(await run({ restoreBest: true })).to.deep.equal([-3, 4]);
    expect(await run({ restoreBest: true, earlyStopping: { watch: 'error' } })).to.deep.equal([-3, 7]);
    expect(await run({ earlyStopping: { watch: 'error', patience: 0, higherIsBetter: true } })).to.deep.equal(
      [-2, 2],
    );
    expect(await run({ earlyStopping: { watch: 'error', patience: 0, least: 1.5 } })).to.deep.equal([-2, 2]);
    const error = await expectCode('argument/invalid', () => run({ earlyStopping: { watch: 'eror' } }));
    expect(error.message).to.include("Did you mean 'error'?");
  });

  it('lets callbacks stop it and look at the model', async () => {
    const seen: number[] = [];
    const w = await slide({
      epochs: 9,
      callbacks: {
        onEpoch: async ({ epoch }, { stop, model }) => {
          seen.push(numbersOf(await model(), 'w')[0] as number);
          if (epoch === 2) stop();
        },
      },
    });
    expect([w, seen]).to.deep.equal([-3, [-1, -2, -3]]);
  });

  it('measures validation data in the form of inference', async () => {
    const data = examples();
    const model = tracedModel();
    const { history } = await fit(model, { ...SETTINGS, data, validation: data, learningRate: 0 });
    const losses = history.map(({ numbers }) => numbers['validation/loss']);
    // No noise there, so that only the moving mean makes a difference.
    expect(new Set(history.map(({ numbers }) => numbers['validation/accuracy'])).size).to.be.above(0);
    expect(losses.every((loss) => Number.isFinite(loss))).to.equal(true);
    const still = await fit(model, { ...SETTINGS, data, validation: data, learningRate: 0, momentum: 1 });
    expect(new Set(still.history.map(({ numbers }) => numbers['validation/loss'])).size).to.equal(1);
    expect(bytesOf(still.model)).to.deep.equal(bytesOf(model));
    tf.dispose([data.inputs, data.labels]);
  });

  it('tells what needs labels of validation data alone where data to train on have none', async () => {
    const data = examples();
    const model = tracedModel();
    const size: Loss = {
      name: 'size',
      compute: ({ outputs: [output] }) => tf.mean(tf.square(output as tf.Tensor)),
    };
    const given = { ...SETTINGS, epochs: 2, loss: size, data: { inputs: data.inputs } };
    const { history } = await fit(model, { ...given, validation: data });
    for (const { numbers } of history)
      expect(Object.keys(numbers)).to.have.members(['loss', 'validation/loss', 'validation/accuracy']);
    await expectCode('train/data', () => fit(model, given));
    await expectCode('train/data', () => fit(model, { ...given, validation: given.data }));
    tf.dispose([data.inputs, data.labels]);
  });

  it('tells how far it is, and how long it may take', async () => {
    const events: string[] = [];
    await slide({
      epochs: 2,
      progress: ({ task, done, total, message }) => void events.push(`${task} ${done}/${total} ${message}`),
    });
    expect(events.at(-1)).to.match(/^train 2\/2 epoch 2 of 2: loss -1\.000$/);
    expect(events[0]).to.match(/^train 1\/2 epoch 1, loss 0\.000, \d+ s left$/);
  });
});

describe('schedules', () => {
  const of = (schedule: (step: number, steps: number) => number, steps: number): number[] =>
    Array.from({ length: steps }, (_, step) => Math.round(1e6 * schedule(step, steps)) / 1e6);

  it('go from the first value to the last', () => {
    expect(of(schedules.constant(2), 3)).to.deep.equal([2, 2, 2]);
    expect(of(schedules.cosine({ from: 1 }), 5)).to.deep.equal([1, 0.853553, 0.5, 0.146447, 0]);
    expect(of(schedules.cosine({ from: 1, to: 0.5, steps: 3 }), 5)).to.deep.equal([1, 0.75, 0.5, 0.5, 0.5]);
    expect(of(schedules.polynomial({ from: 1 }), 5)).to.deep.equal([1, 0.75, 0.5, 0.25, 0]);
    expect(of(schedules.polynomial({ from: 1, power: 2 }), 3)).to.deep.equal([1, 0.25, 0]);
    expect(of(schedules.step({ from: 1, every: 2 }), 5)).to.deep.equal([1, 1, 0.1, 0.1, 0.01]);
    expect(of(schedules.warmUp(2, schedules.polynomial({ from: 1 })), 5)).to.deep.equal([0.5, 1, 1, 0.5, 0]);
  });

  it('refuse steps and powers that are none', async () => {
    await expectCode('argument/invalid', () => schedules.cosine({ from: 1, steps: 0 }));
    await expectCode('argument/invalid', () => schedules.step({ from: 1, every: 1.5 }));
    await expectCode('argument/invalid', () => schedules.polynomial({ from: 1, power: 0 }));
    await expectCode('argument/invalid', () => schedules.warmUp(-1, schedules.constant(1)));
  });
});
