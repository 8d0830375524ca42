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
    says: 'temperature: expected a number above 0, got 0.',
    options: { temperature: 0 },
  },
  { what: 'a negative temperature', code: 'argument/invalid', says: 'got -1', options: { temperature: -1 } },
  { what: 'a temperature of NaN', code: 'argument/invalid', says: 'got NaN', options: { temperature: NaN } },
  {
    what: 'a schedule that falls to 0',
    code: 'argument/invalid',
    says: 'temperature',
    options: { temperature: () => 0 },
  },
  {
    what: 'alpha above 1',
    code: 'argument/invalid',
    says: 'alpha: expected a number from 0 to 1, got 1.5.',
    options: { alpha: 1.5 },
  },
  { what: 'alpha below 0', code: 'argument/invalid', says: 'got -0.1', options: { alpha: -0.1 } },
  {
    what: 'a layer of the student that is none',
    code: 'distillation/value',
    says: "student 'dense_9': expected a layer or node of the student, got none of that name. Did you mean 'dense_0'?",
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
    what: 'a cache on disk of batches without number',
    code: 'distillation/cache',
    says: 'cache: expected examples in memory, as they are, got batches of unknown number.',
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
