import { distill, distillationPasses, distillPass, layerMap } from '@tfjs-optimize/distillation';
import {
  optimize,
  parseRecipe,
  schedules,
  stringifyRecipe,
  type JsonObject,
  type Model,
} from '@tfjs-optimize/core';
import { tempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { bytesOf, examples, net, runsOf } from './task.js';

describe('the pass distillation/distill', function () {
  this.timeout(30_000);
  let data: ReturnType<typeof examples>;
  let teacher: Model<'float'>;
  const student = (): Model<'float'> => net([6, 5, 3], 7);
  before(async () => {
    await tf.setBackend('cpu');
    data = examples();
    teacher = net([6, 24, 3], 1);
  });
  after(() => tf.dispose([data.inputs, data.labels]));

  it('finds teacher and data by name, and is a recipe', async () => {
    const inputs = { inputs: data.inputs };
    const pass = distillPass({ epochs: 2, temperature: 2, teacher: 'large', data: 'digits' });
    const given = { large: teacher, digits: inputs };
    const { model, recipe, notes } = await optimize(student(), pass, { seed: 3, inputs: given });
    const direct = await distill(student(), teacher, { data: inputs, epochs: 2, temperature: 2, seed: 3 });
    expect(bytesOf(model)).to.deep.equal(bytesOf(direct.model));
    expect(notes[0]?.message).to.match(/^6 steps; the last epoch's loss is \d\.\d+$/);
    const again = await optimize(student(), recipe, { factories: distillationPasses, inputs: given });
    expect(bytesOf(again.model)).to.deep.equal(bytesOf(model));
  });

  it('takes matches, schedules and a cache through JSON, as distill does by itself', async () => {
    const folder = path.join(tempFolder('answers'), 'cache');
    const [pair] = layerMap(['dense_0'], ['dense_0']);
    const pass = distillPass({
      ...{ epochs: 2, validation: 'test', targets: 'soft', labelSmoothing: 0.1 },
      temperature: { kind: 'cosine', from: 4, to: 1 },
      alpha: { kind: 'polynomial', from: 1, to: 0.5, power: 2 },
      learningRate: { kind: 'warmUp', steps: 2, then: { kind: 'step', from: 0.01, every: 2 } },
      match: [
        {
          ...(pair as { student: string; teacher: string }),
          ...{ distance: 'cosine', projection: true, weight: { kind: 'cosine', from: 0.5 } },
        },
      ],
      cache: { folder, most: 1e6 },
      optimizer: 'sgd',
    });
    const inputs = { teacher, data, test: data };
    const text = stringifyRecipe((await optimize(student(), pass, { seed: 3, inputs })).recipe);
    const direct = await distill(student(), teacher, {
      ...{ data, validation: data, epochs: 2, seed: 3, optimizer: 'sgd', labelSmoothing: 0.1 },
      temperature: schedules.cosine({ from: 4, to: 1 }),
      alpha: schedules.polynomial({ from: 1, to: 0.5, power: 2 }),
      learningRate: schedules.warmUp(2, schedules.step({ from: 0.01, every: 2 })),
      match: [
        {
          ...{ student: 'dense_0', teacher: 'dense_0', distance: 'cosine', projection: true },
          weight: schedules.cosine({ from: 0.5 }),
        },
      ],
    });
    let bytes = {};
    const runs = await runsOf(teacher, async () => {
      const { model } = await optimize(student(), parseRecipe(text), {
        factories: distillationPasses,
        inputs,
      });
      bytes = bytesOf(model);
    });
    expect(bytes).to.deep.equal(bytesOf(direct.model));
    // The first run has written its answers.
    expect(runs).to.equal(0);
    expect(fs.existsSync(folder)).to.equal(true);
    expect(parseRecipe(text).passes[0]?.options).to.deep.equal(pass.options);
  });

  it('hands on what was noted', async () => {
    const { notes } = await optimize(student(), distillPass({ epochs: 1, cache: { most: 1 } }), {
      inputs: { teacher, data },
    });
    expect(notes.map(({ level }) => level)).to.deep.equal(['info', 'warning']);
    expect(notes[1]?.message).to.include('cache: { most: 1080 } keeps them');
  });

  describe('refuses recipes', () => {
    const CASES: readonly (readonly [what: string, options: JsonObject, says: string])[] = [
      ['without epochs', {}, 'distillation/distill: epochs: expected a whole number from 1 up, got none.'],
      ['with a misspelt option', { temprature: 4 }, "Did you mean 'temperature'?"],
      ['with an option of distill that is no data', { augment: 'x' }, 'got an option of another name'],
      [
        'with a temperature that is none',
        { temperature: 'hot' },
        "temperature: expected a number above 0 or a schedule as {kind: 'cosine', from: …}, got 'hot'.",
      ],
      ['with a temperature of 0', { temperature: 0 }, 'temperature: expected a number above 0'],
      [
        'with a schedule of another kind',
        { temperature: { kind: 'cosin', from: 1 } },
        "temperature: kind: expected one of cosine, polynomial, step, warmUp, got 'cosin'. Did you mean 'cosine'?",
      ],
      [
        'with a schedule that ends out of range',
        { alpha: { kind: 'cosine', from: 1.5 } },
        'alpha: from: expected a number from 0 to 1, got 1.5.',
      ],
      [
        'with a temperature that falls to 0, which it does unless told',
        { temperature: { kind: 'cosine', from: 4 } },
        'temperature: to: expected a number above 0, got 0.',
      ],
      [
        'with a schedule that lacks something',
        { alpha: { kind: 'step', from: 1 } },
        'alpha: every: expected a whole number from 1 up, got none.',
      ],
      [
        'with a schedule that has too much',
        { alpha: { kind: 'cosine', from: 1, power: 2 } },
        'alpha: power: expected one of kind, from, to, steps, got an option of another name.',
      ],
      [
        'with a match that is no list',
        { match: { student: 'a', teacher: 'b' } },
        "match: expected a list of pairs {student: 'layer', teacher: 'layer'}, got an object with keys student, teacher.",
      ],
      [
        'with a match of a layer alone',
        { match: [{ student: 'a' }] },
        'match[0]: teacher: expected a layer or node of the teacher, got none.',
      ],
      [
        'with a weight of a match below 0',
        { match: [{ student: 'a', teacher: 'b', weight: -1 }] },
        'match[0]: weight: expected a number from 0 up',
      ],
      [
        'with a place for answers that is none',
        { cache: 'disk' },
        "cache: expected 'memory', {folder, most} or false, got 'disk'.",
      ],
      [
        'with a folder that is none',
        { cache: { folder: '' } },
        'cache: folder: expected the path of a folder',
      ],
    ];
    for (const [what, options, says] of CASES) {
      it(what, () => {
        const given = what === 'without epochs' ? options : { epochs: 1, ...options };
        expect(() => distillationPasses['distillation/distill']?.(given, () => [])).to.throw(says);
      });
    }

    it('and takes one that is right', () => {
      const given = { epochs: 1, temperature: 4, clip: { norm: 1 }, cache: false };
      expect(distillationPasses['distillation/distill']?.(given, () => []).options).to.include(given);
    });
  });
});
