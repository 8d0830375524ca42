import { fit, type Fact, type Model, type Violation } from '@tfjs-optimize/core';
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
  project: (masks, name, updated) => {
    const mask = masks[name];
    return mask === undefined ? updated : tf.mul(updated, tf.tensor([...mask], updated.shape));
  },
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
  project: (step, name, updated) =>
    name === 'scores/kernel' ? tf.mul(tf.round(tf.div(updated, step)), step) : updated,
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
});
