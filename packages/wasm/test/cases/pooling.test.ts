import * as tf from '@tensorflow/tfjs';
import { counted, expectAgreement, expectRefusal, whole } from '../support/agree.js';

// The cases of TensorFlow.js' tests of the gradients of maxPool, avgPool and pool. (How sizes are rounded it does not
// hand on to gradients.)

interface Case {
  readonly x: readonly number[];
  readonly size: number | [number, number];
  readonly strides: number;
  readonly pad?: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
}

const CASES: readonly Case[] = [
  { x: [1, 1, 1], size: 1, strides: 1 },
  { x: [3, 3, 1], size: 2, strides: 1 },
  { x: [3, 3, 1], size: 2, strides: 1, pad: 'same' },
  { x: [2, 3, 3, 1], size: 2, strides: 1 },
  { x: [3, 3, 2], size: 2, strides: 1 },
  { x: [4, 4, 2], size: 2, strides: 1 },
  { x: [4, 4, 1], size: 2, strides: 2 },
  { x: [2, 2, 1], size: 2, strides: 1, pad: 'same' },
  { x: [5, 5, 1], size: 3, strides: 2 },
  { x: [5, 5, 2], size: 3, strides: 2 },
  { x: [5, 6, 3], size: [3, 2], strides: 2, pad: 'same' },
  {
    x: [3, 3, 1],
    size: 3,
    strides: 1,
    pad: [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ],
  },
];

type Pool = (x: tf.Tensor) => tf.Tensor;

const POOLS = {
  maxPool: ['MaxPoolGrad', tf.maxPool, 0],
  // Means are of up to nine numbers, which not all have an exact share.
  avgPool: ['AvgPoolGrad', tf.avgPool, 1e-6],
} as const;

/** No number twice, in no order. */
function different(shape: readonly number[]): tf.Tensor {
  const all = counted(shape);
  const values = all.dataSync().map((_, i, { length }) => (i * 7919) % Math.max(length, 1));
  return tf.tensor(values, [...shape]);
}

describe('gradients of pooling as TensorFlow.js tests them', () => {
  for (const [name, [kernel, pool, within]] of Object.entries(POOLS)) {
    for (const { x, size, strides, pad = 0 } of CASES) {
      const run: Pool = (input) => pool(input as tf.Tensor4D, size, strides, pad as number);
      const title = `${name} of [${x.join()}] by ${size.toString()}, strides ${strides}, pad ${JSON.stringify(pad)}`;
      it(`${title} (${within === 0 ? 'exactly' : within})`, async () => {
        for (const given of [different, whole, (shape: readonly number[]) => tf.ones([...shape])]) {
          const dy = (): tf.Tensor => {
            const { shape } = run(given(x));
            return whole(shape, 3);
          };
          await expectAgreement(() => tf.grad(run)(given(x), dy()), [kernel], { within });
          await expectAgreement(
            () => tf.grad((input) => run(input.clone()).square().clone())(given(x)),
            [kernel],
            {
              within,
            },
          );
        }
      });
    }
  }

  it('are what can be checked by hand (exactly)', async () => {
    const dy = (): tf.Tensor => counted([2, 2, 1]);
    const max = tf.grad((x) => tf.maxPool(x as tf.Tensor3D, 2, 1, 0));
    await expectAgreement(() => max(counted([3, 3, 1]), dy()), ['MaxPoolGrad'], {
      values: [0, 0, 0, 0, 1, 2, 0, 3, 4],
    });
    const descending = (): tf.Tensor => tf.sub(9, counted([3, 3, 1]));
    await expectAgreement(() => max(descending(), dy()), ['MaxPoolGrad'], {
      values: [1, 2, 0, 3, 4, 0, 0, 0, 0],
    });
    await expectAgreement(() => max(tf.zeros([3, 3, 1]), dy()), ['MaxPoolGrad'], {
      values: [1, 2, 0, 3, 4, 0, 0, 0, 0],
    });
    const mean = tf.grad((x) => tf.avgPool(x as tf.Tensor3D, 2, 1, 0));
    await expectAgreement(() => mean(counted([3, 3, 1]), dy()), ['AvgPoolGrad'], {
      values: [0.25, 0.75, 0.5, 1, 2.5, 1.5, 0.75, 1.75, 1],
    });
  });

  it('go through windows with holes (1e-6)', async () => {
    for (const [type, kernel] of [
      ['max', 'MaxPoolGrad'],
      ['avg', 'AvgPoolGrad'],
    ] as const) {
      for (const [size, x, dilation] of [
        [2, [3, 3, 1], 1],
        [2, [4, 4, 1], 2],
        [2, [5, 5, 1], 2],
        [2, [2, 4, 4, 1], 2],
        [2, [4, 3, 1], 2],
      ] as const) {
        const run: Pool = (input) => tf.pool(input as tf.Tensor4D, size, type, 0, dilation, 1);
        for (const given of [different, whole])
          await expectAgreement(() => tf.grad((input) => run(input).square())(given(x)), [kernel], {
            within: 1e-6,
          });
      }
    }
  });

  it('are not asked of what cannot be pooled', async () => {
    const x = (): tf.Tensor3D => counted([2, 2, 1]) as tf.Tensor3D;
    for (const [name, [, pool]] of Object.entries(POOLS)) {
      const refused = (run: Pool): Promise<void> => expectRefusal(() => tf.grad(run)(x()));
      await refused((input) => pool(input as tf.Tensor3D, 2, 1, 'same', 'round'));
      await refused((input) => pool(input as tf.Tensor3D, 2, 1, 'valid', 'round'));
      await refused((input) => pool(input as tf.Tensor3D, 2, 1, 1.1, 'round'));
      await expectRefusal(() => pool(counted([3, 3]) as never, 2, 1, 0), /rank/);
      await expectRefusal(() => pool({}, 2, 1, 'valid'), new RegExp(`'x' passed to '${name}'`));
    }
    await expectRefusal(() => tf.pool(x(), 2, 'max', 0, 2, 2));
  });
});
