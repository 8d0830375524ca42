import * as tf from '@tensorflow/tfjs';
import { counted, expectAgreement, expectRefusal, whole } from '../support/agree.js';

// The cases of TensorFlow.js' tests of sum, mean and unsortedSegmentSum.

const REDUCTIONS = { sum: ['Sum', tf.sum], mean: ['Mean', tf.mean] } as const;

/** Shapes and axes: none, one, from the end, all, and some that others lie between. */
const AXES: readonly (readonly [readonly number[], number | number[] | undefined])[] = [
  [[7], undefined],
  [[7], 0],
  [[3, 2], undefined],
  [[3, 2], [0]],
  [[3, 2], [1]],
  [[3, 2], 1],
  [[3, 2], -1],
  [
    [3, 2],
    [0, 1],
  ],
  [
    [3, 2],
    [-1, -2],
  ],
  [[1, 2, 2, 1], 0],
  [
    [2, 3, 4],
    [0, 1],
  ],
  [
    [2, 3, 4, 5],
    [1, 2],
  ],
  [
    [2, 3, 4, 5],
    [2, 1],
  ],
  [
    [2, 3, 4, 5],
    [0, 1, 2],
  ],
  [[300, 40], 0],
  [[3, 2500], 1],
];

describe('tf.sum and tf.mean as TensorFlow.js tests them', () => {
  for (const [name, [kernel, reduce]] of Object.entries(REDUCTIONS)) {
    it(`${name} goes over any axes beside each other (1e-6)`, async () => {
      for (const [shape, axis] of AXES) {
        for (const keepDims of [false, true])
          await expectAgreement(() => reduce(whole(shape), axis, keepDims), [kernel], { within: 1e-6 });
      }
    });

    it(`${name} goes over axes that others lie between (1e-6)`, async () => {
      for (const axis of [
        [0, 2],
        [0, 3],
        [1, 3],
        [0, 1, 3],
      ])
        await expectAgreement(() => reduce(whole([2, 3, 4, 5]), axis), [], { within: 1e-6 });
    });

    it(`${name} has gradients (1e-6)`, async () => {
      for (const [shape, axis] of AXES) {
        const run = (x: tf.Tensor): tf.Tensor => reduce(x.clone(), axis).square().clone();
        await expectAgreement(() => tf.grad(run)(whole(shape)), [kernel], { within: 1e-6 });
      }
      await expectAgreement(
        () => tf.grad((x) => reduce(x.clone()))(counted([3, 2]), tf.scalar(1.5)),
        [kernel],
        {
          within: 1e-6,
        },
      );
    });

    it(`${name} takes whole numbers, truth values and arrays (1e-6)`, async () => {
      await expectAgreement(() => reduce(counted([4, 3]).toInt()), [], { within: 1e-6 });
      await expectAgreement(() => reduce(tf.tensor1d([true, false, false, true, true], 'bool')), [], {
        within: 1e-6,
      });
      await expectAgreement(
        () =>
          reduce([
            [1, 2],
            [3, 0],
            [0, 1],
          ]),
        [kernel],
        { within: 1e-6, values: [name === 'sum' ? 7 : 7 / 6] },
      );
    });

    it(`${name} passes on NaN and infinities (exactly)`, async () => {
      for (const odd of [Number.NaN, Infinity, -Infinity]) {
        for (const axis of [undefined, 0, 1])
          await expectAgreement(() => reduce(tf.tensor2d([1, 2, 3, odd, 0, 1], [3, 2]), axis), [kernel]);
      }
    });

    it(`${name} refuses what is no tensor of numbers`, async () => {
      await expectRefusal(() => reduce({}), new RegExp(`'x' passed to '${name}' must be a Tensor`));
      await expectRefusal(() => reduce(['a'] as never), /must be numeric tensor/);
      await expectRefusal(() => reduce(counted([2, 3]), 2));
    });
  }

  it('a single number stays what it is (exactly)', async () => {
    for (const reduce of [tf.sum, tf.mean])
      await expectAgreement(() => reduce(tf.scalar(3)), [], { values: [3] });
  });

  it('the sum of nothing is 0 (exactly)', async () => {
    await expectAgreement(() => tf.sum(tf.zeros([0, 3]), 0), ['Sum'], { values: [0, 0, 0] });
    await expectAgreement(() => tf.sum(tf.zeros([3, 0]), 0), ['Sum'], { shape: [0] });
  });
});

describe('tf.unsortedSegmentSum as TensorFlow.js tests it', () => {
  const CASES: readonly (readonly [readonly number[], readonly number[], number])[] = [
    [[4], [0, 2, 0, 1], 3],
    [[2, 2], [0, 0], 2],
    [[3, 2, 2], [2, 1, 2], 3],
    [[4], [0, 2, -1, 1], 3],
    [[5, 7], [4, 4, 0, -3, 1], 6],
  ];
  for (const [shape, ids, segments] of CASES) {
    const run = (x: tf.Tensor): tf.Tensor =>
      tf.unsortedSegmentSum(x, tf.tensor1d([...ids], 'int32'), segments);
    it(`adds rows of [${shape.join()}] to segments ${ids.join()} of ${segments} (exactly)`, () =>
      expectAgreement(() => run(whole(shape)), ['UnsortedSegmentSum'], {
        shape: [segments, ...shape.slice(1)],
      }));
    it(`has gradients: [${shape.join()}] in segments ${ids.join()} of ${segments} (exactly)`, () =>
      expectAgreement(
        () => tf.grad((x) => run(x.clone()).square().clone())(whole(shape)),
        ['UnsortedSegmentSum'],
      ));
  }

  it('gives numbers that can be checked by hand (exactly)', async () => {
    const ids = (): tf.Tensor1D => tf.tensor1d([0, 2, 0, 1], 'int32');
    await expectAgreement(() => tf.unsortedSegmentSum(counted([4]), ids(), 3), ['UnsortedSegmentSum'], {
      values: [4, 4, 2],
    });
    await expectAgreement(
      () => tf.unsortedSegmentSum([1, 2, 3, 4], [0, 2, 0, 1], 3),
      ['UnsortedSegmentSum'],
      {
        values: [4, 4, 2],
      },
    );
  });

  it('adds many numbers (exactly)', () =>
    expectAgreement(() => {
      const ids = Int32Array.from({ length: 500 }, (_, i) => i % 5);
      return tf.unsortedSegmentSum(counted([500]), tf.tensor1d(ids, 'int32'), 5);
    }, ['UnsortedSegmentSum']));

  it('is the gradient of tf.gather (exactly)', () =>
    expectAgreement(
      () => tf.grad((x) => tf.gather(x, tf.tensor1d([1, 1, 3, 0], 'int32')).square())(whole([4, 6])),
      ['UnsortedSegmentSum'],
    ));
});
