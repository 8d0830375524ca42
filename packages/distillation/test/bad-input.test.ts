import { distill, type DistillOptions } from '@tfjs-optimize/distillation';
import { fit, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { examples, net, SETTINGS } from './task.js';

interface Case {
  readonly what: string;
  readonly code: string;
  readonly says: string;
  readonly options?: object;
  readonly teacher?: () => unknown;
}

const CASES: readonly Case[] = [
  {
    what: 'a teacher of other classes',
    code: 'distillation/pair',
    says: 'output 1 of the teacher: expected 3 classes ([?,3]), as the student has, got 4 classes ([?,4]).',
    teacher: () => net([6, 8, 4], 1),
  },
  {
    what: 'a teacher of other inputs',
    code: 'distillation/pair',
    says: "input 'input_1' of the teacher: expected [?,6] float32, as the student takes, got [?,5] float32.",
    teacher: () => net([5, 8, 3], 1),
  },
  {
    what: 'no teacher',
    code: 'argument/invalid',
    says: 'teacher: expected at least one model',
    teacher: () => [],
  },
  {
    what: 'a teacher that counts nothing',
    code: 'argument/invalid',
    says: 'teacher: weight: expected a number above 0, got 0.',
    teacher: () => ({ model: net([6, 8, 3], 1), weight: 0 }),
  },
  {
    what: 'a temperature of 0',
    code: 'argument/invalid',
    says: 'temperature: expected a number above 0 or a schedule, got 0.',
    options: { temperature: 0 },
  },
  { what: 'a negative temperature', code: 'argument/invalid', says: 'got -1', options: { temperature: -1 } },
  { what: 'a temperature of NaN', code: 'argument/invalid', says: 'got NaN', options: { temperature: NaN } },
  {
    what: 'a schedule that falls to 0',
    code: 'argument/invalid',
    says: 'temperature: expected a number above 0, got 0 at step 8.',
    options: { temperature: (step: number) => 8 - step },
  },
  {
    what: 'a match of weights',
    code: 'distillation/value',
    says: "student 'dense_0/kernel': expected a layer or node of the student, got a weight, which no example changes. Name the layer that has it.",
    options: { match: [{ student: 'dense_0/kernel', teacher: 'dense_0/kernel' }] },
  },
  {
    what: 'a loss of ones own that is none',
    code: 'argument/invalid',
    says: 'losses[0]: expected an object, got null.',
    options: { losses: [null] },
  },
  {
    what: 'a misspelt option',
    code: 'argument/invalid',
    says: "temprature: expected an option that there is, got an option of another name. Did you mean 'temperature'?",
    options: { temprature: 4 },
  },
  {
    what: 'an option of fit that is misspelt',
    code: 'argument/invalid',
    says: "Did you mean 'validation'?",
    options: { validaton: {} },
  },
  {
    what: 'an option like no other',
    code: 'argument/invalid',
    says: 'hotness: expected one of temperature, alpha, targets, match, losses, labelSmoothing, cache, and those of fit, got an option of another name.',
    options: { hotness: 4 },
  },
  {
    what: 'a temperature that is text',
    code: 'argument/invalid',
    says: "got '4'",
    options: { temperature: '4' },
  },
  {
    what: 'targets of another name',
    code: 'argument/invalid',
    says: "targets: expected 'soft' or 'logits', got 'hard'.",
    options: { targets: 'hard' },
  },
  {
    what: 'a match that is no list',
    code: 'argument/invalid',
    says: "match: expected a list of pairs {student: 'layer', teacher: 'layer'}, got an object with keys dense_0.",
    options: { match: { dense_0: 'dense_0' } },
  },
  {
    what: 'a match that is a name',
    code: 'argument/invalid',
    says: "match[0]: expected an object, got 'dense_0'.",
    options: { match: ['dense_0'] },
  },
  {
    what: 'a match of the student alone',
    code: 'argument/invalid',
    says: 'match[0]: teacher: expected a layer or node of the teacher, got none.',
    options: { match: [{ student: 'dense_0' }] },
  },
  {
    what: 'a misspelt option of a match',
    code: 'argument/invalid',
    says: "match[0]: distanse: expected an option that there is, got an option of another name. Did you mean 'distance'?",
    options: { match: [{ student: 'dense_0', teacher: 'dense_0', distanse: 'cosine' }] },
  },
  {
    what: 'a distance of another name',
    code: 'argument/invalid',
    says: "match[0]: distance: expected 'squared' or 'cosine', got 'l1'.",
    options: { match: [{ student: 'dense_0', teacher: 'dense_0', distance: 'l1' }] },
  },
  {
    what: 'losses that are no list',
    code: 'argument/invalid',
    says: "losses: expected a list of losses {loss, weight}, got 'meanSquaredError'.",
    options: { losses: 'meanSquaredError' },
  },
  {
    what: 'a smoothing of all labels',
    code: 'argument/invalid',
    says: 'labelSmoothing: expected a number from 0 to below 1, got 1.',
    options: { labelSmoothing: 1 },
  },
  {
    what: 'a cache on disk without a folder',
    code: 'argument/invalid',
    says: "cache: expected 'memory', {folder, most} or false, got 'disk'.",
    options: { cache: 'disk' },
  },
  {
    what: 'a cache of nothing',
    code: 'argument/invalid',
    says: 'cache: most: expected bytes above 0, got 0.',
    options: { cache: { most: 0 } },
  },
  {
    what: 'a misspelt option of the cache',
    code: 'argument/invalid',
    says: "cache: foldr: expected an option that there is, got an option of another name. Did you mean 'folder'?",
    options: { cache: { foldr: 'answers' } },
  },
  {
    what: 'a path in the place of a teacher',
    code: 'argument/invalid',
    says: "teacher: expected a model, {model, weight, backend} or a list of these, got 'model.json'. Read it with loadModel first.",
    teacher: () => 'model.json',
  },
  {
    what: 'a misspelt option of a teacher',
    code: 'argument/invalid',
    says: "teacher: wieght: expected an option that there is, got an option of another name. Did you mean 'weight'?",
    teacher: () => ({ model: net([6, 8, 3], 1), wieght: 2 }),
  },
  {
    what: 'a backend that is none',
    code: 'argument/invalid',
    says: "backend: expected one of tfjs-node-gpu, tfjs-node, webgpu, webgl, wasm, cpu, got 'gpu'.",
    teacher: () => ({ model: net([6, 8, 3], 1), backend: 'gpu' }),
  },
  {
    what: 'alpha above 1',
    code: 'argument/invalid',
    says: 'alpha: expected a number from 0 to 1 or a schedule, got 1.5.',
    options: { alpha: 1.5 },
  },
  { what: 'alpha below 0', code: 'argument/invalid', says: 'got -0.1', options: { alpha: -0.1 } },
  {
    what: 'a layer of the student that is none',
    code: 'distillation/value',
    says: "student 'dense_9': expected a layer or node of the student, got none of that name. Did you mean 'dense_0' or 'dense_1'?",
    options: { match: [{ student: 'dense_9', teacher: 'dense_0' }] },
  },
  {
    what: 'a layer of the teacher that is none',
    code: 'distillation/value',
    says: "teacher 'attention': expected a layer or node of the teacher, got none of that name. Its layers are dense_0, dense_1.",
    options: { match: [{ student: 'dense_0', teacher: 'attention' }] },
  },
  {
    what: 'sizes that differ, without a projection',
    code: 'distillation/shape',
    says: "match dense_0: expected values of the teacher's shape [?,24], got [?,5].",
    options: { match: [{ student: 'dense_0', teacher: 'dense_0', projection: false }] },
  },
  {
    what: 'a cache on disk of batches that a program makes',
    code: 'distillation/cache',
    says: 'cache: expected examples in memory, as they are, got batches that a program makes.',
    options: { data: () => [], cache: { folder: 'never' } },
  },
  {
    what: 'a cache on disk of augmented examples',
    code: 'distillation/cache',
    says: 'got augmented ones',
    options: { augment: (batch: unknown) => batch, cache: { folder: 'never' } },
  },
];

describe('bad input of distill', () => {
  let data: ReturnType<typeof examples>;
  let teacher: Model;
  before(async () => {
    await tf.setBackend('cpu');
    data = examples();
    teacher = net([6, 24, 3], 1);
    // So that the teacher's tensors are there.
    tf.dispose(teacher.run(data.inputs));
  });
  after(() => {
    teacher.dispose();
    tf.dispose([data.inputs, data.labels]);
  });

  for (const { what, code, says, options = {}, teacher: other } of CASES) {
    it(`is refused: ${what}`, async () => {
      await expectNoLeak(async () => {
        const given = { ...SETTINGS, data, ...options } as DistillOptions;
        const from = (other?.() ?? teacher) as Model;
        const error = await expectCode(code, () => distill(net([6, 5, 3], 7), from, given));
        expect(error.message).to.include(says);
      });
    });
  }

  it('is refused: labels out of range, and no labels where alpha leaves them a share', async () => {
    const labels = tf.fill([90], 3, 'int32');
    const settings = { ...SETTINGS, alpha: 0.5 };
    const error = await expectCode('train/data', () =>
      distill(net([6, 5, 3], 7), teacher, { ...settings, data: { inputs: data.inputs, labels } }),
    );
    expect(error.message).to.include('class numbers from 0 to 2, got 3');
    await expectCode('train/data', () =>
      distill(net([6, 5, 3], 7), teacher, { ...settings, data: { inputs: data.inputs } }),
    );
    labels.dispose();
  });

  it('leaves a student as it was', async () => {
    const student = net([6, 5, 3], 7);
    const before = student.weights.need('dense_0/kernel').bytes.slice();
    await expectCode('train/not-finite', () =>
      distill(student, teacher, { ...SETTINGS, data, optimizer: 'sgd', learningRate: 1e38 }),
    );
    expect(student.weights.need('dense_0/kernel').bytes).to.deep.equal(before);
    expect((await fit(student, { ...SETTINGS, data, loss: 'crossEntropy' })).ended).to.equal('finished');
  });
});
