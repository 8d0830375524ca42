import { fit } from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import { quantizationAware, quantizeTrained } from '@tfjs-optimize/quantization';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { masksFact } from '../../src/masks/masks-fact.js';
import { sparsities } from '../../src/schedules/sparsities.js';
import { maskBy } from '../../src/training/method.js';
import { pruneWhileTraining } from '../../src/training/prune-while-training.js';
import { DATA, SETTINGS, tracedModel, zerosOf } from './task.js';

const callbacks = pruneWhileTraining({
  schedule: sparsities.polynomial({ to: 0.75, end: 8, frequency: 4 }),
  method: maskBy.l1(),
});
const settings = { ...SETTINGS, epochs: 3 };

describe('pruneWhileTraining in trainings of other kinds', function () {
  this.timeout(60_000);
  before(() => tf.setBackend('cpu'));

  it('prunes a student that its teacher trains', async () => {
    const { loss: _, ...rest } = settings;
    const { model } = await distill(tracedModel(1), tracedModel(2), {
      ...rest,
      temperature: 2,
      alpha: 0.5,
      callbacks,
    });
    expect(zerosOf(model, 'hidden/kernel')).to.equal(144);
    expect(masksFact.check(model, model.facts.need(masksFact))).to.deep.equal([]);
  });

  it('prunes a model that is trained for int8, whose integers are zero then', async () => {
    const aware = await quantizationAware(tracedModel(), { data: { inputs: DATA.inputs } });
    const { model } = await fit(aware, { ...settings, callbacks });
    expect([...model.facts.need(masksFact).keys()]).to.have.members([
      'conv/kernel',
      'hidden/kernel',
      'scores/kernel',
    ]);
    expect(zerosOf(model, 'hidden/kernel')).to.equal(144);
    const { model: integer } = quantizeTrained(model);
    expect(zerosOf(integer, 'hidden/kernel')).to.be.at.least(144);
    // Folded into its batch normalization it has another name.
    const [kernel] = [...integer.weights].filter(([, { shape }]) => shape.join() === '3,3,2,4');
    expect(zerosOf(integer, kernel?.[0] as string)).to.be.at.least(54);
  });
});
