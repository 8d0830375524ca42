import { fit, GraphBuilder, type Fact, type Model, type Violation } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { examples, SETTINGS, tracedModel } from './task.js';

type Masks = Readonly<Record<string, readonly number[]>>;

/** Zeros that stay: a mask for some weights, as pruning makes it. */
const MASKS: Fact<Masks> = {
  name: 'test/masks',
  check: (model, masks) =>
    Object.entries(masks).flatMap(([name, mask]): Violation[] => {
      const values = model.weights.need(name).numbers();
      const broken = mask.some((keep, i) => keep === 0 && values[i] !== 0);
      return broken ? [{ subject: name, message: 'has numbers where the mask has none' }] : [];
    }),
  projector: (masks) => {
    const held = new Map(Object.entries(masks).map(([name, mask]) => [name, tf.tensor1d([...mask])]));
    return {
      project: (name, updated) => {
        const mask = held.get(name);
        return mask === undefined ? updated : tf.mul(updated, tf.reshape(mask, updated.shape));
      },
      dispose: () => tf.dispose([...held.values()]),
    };
  },
  toJson: (masks) => masks,
  fromJson: (json) => json as Masks,
};

/** Numbers that stay on a grid, as quantization has it. */
const GRID: Fact<number> = {
  name: 'test/grid',
  check: (model, step) =>
    [...model.weights]
      .filter(([name]) => name === 'scores/kernel')
      .flatMap(([name, weight]): Violation[] => {
        const off = [...weight.numbers()].some(
          (value) => Math.abs(value / step - Math.round(value / step)) > 1e-4,
        );
        return off ? [{ subject: name, message: 'is off the grid' }] : [];
      }),
  projector: (step) => ({
    project: (name, updated) =>
      name === 'scores/kernel' ? tf.mul(tf.round(tf.div(updated, step)), step) : updated,
  }),
};

describe('facts in training', () => {
  before(() => tf.setBackend('cpu'));

  it('are kept by every step, which knows nothing of them', async () => {
    const data = examples();
    const model = tracedModel();
    const mask = Array.from(model.weights.need('hidden/kernel').numbers(), (_, i) => i % 2);
    const facts = model.facts.with(MASKS, { 'hidden/kernel': mask }).with(GRID, 1 / 64);
    const seen: (readonly Violation[])[] = [];
    const check = (trained: Model): readonly Violation[] =>
      [...trained.facts].flatMap(({ fact, value }) => fact.check(trained, value));
    const { model: trained } = await fit(model.with({ facts }), {
      ...SETTINGS,
      data,
      callbacks: { onStep: async (_, control) => void seen.push(check(await control.model())) },
    });
    expect(seen).to.have.length(28);
    expect(seen.flat()).to.deep.equal([]);
    expect(check(trained)).to.deep.equal([]);
    expect(trained.facts.size).to.equal(2);
    // They would be broken without: the very same training leaves both.
    const { model: free } = await fit(model, { ...SETTINGS, data });
    expect(check(free.with({ facts }))).to.have.length(2);
    tf.dispose([data.inputs, data.labels]);
  });

  it('move weights of theirs towards what batches show, for a share of the steps', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 2]);
    const axes = b.constant('axes', Int32Array.of(0, 1));
    const seen = b.op('Mean', [x, axes], { keep_dims: false }, { name: 'seen' });
    const kept = b.constant('kept', [8]);
    b.output(b.op('MatMul', [x, b.constant('kernel', [1, 2, 3, 4], [2, 2])], {}, { name: 'y' }));
    const fact: Fact<string> = {
      name: 'test/mean',
      check: () => [],
      running: (weight) => [{ weight, value: seen, momentum: 0.75, until: 0.5 }],
    };
    const plain = b.build();
    const model = plain.with({ facts: plain.facts.with(fact, kept) });
    const data = { inputs: tf.tensor2d([[1, 3]]), labels: tf.tensor2d([[0, 1]]) };
    const { numTensors } = tf.memory();
    const after: number[] = [];
    await fit(model, {
      ...{ data, loss: 'crossEntropy', epochs: 6, seed: 1 },
      callbacks: {
        onStep: async (_, control) =>
          void after.push((await control.model()).weights.need(kept).numbers()[0] as number),
      },
    });
    // A quarter of the way from 8 to the mean, 2, in each of the first three of six steps.
    expect(after).to.deep.equal([6.5, 5.375, 4.53125, 4.53125, 4.53125, 4.53125]);
    expect(tf.memory().numTensors).to.equal(numTensors);
    tf.dispose(data);
  });
});
