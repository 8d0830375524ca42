import * as tf from '@tensorflow/tfjs';
import { traceFunction, traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { expectRefused, expectSame, expectSound, normal, runStock, useBackend } from './support.js';

const FIRST = { dynamic: { 0: [0] } };

/** Sizes that no trace starts from, the smallest among them. */
const SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100, 511, 1009];

/** Repeats a row as often as a formula says, zero times included. */
function rows(count: (n: number) => number): (a: tf.Tensor) => tf.Tensor {
  return (a) => tf.tile(tf.sum(a, 0, true), [count(a.shape[0]), 1]);
}

/** Fails unless the graph's output has as many rows as the formula says, at every size. */
async function expectRows(count: (n: number) => number, sizes: readonly number[] = SIZES): Promise<void> {
  const fn = rows(count);
  const model = traceFunction(fn, { shape: [sizes.at(-1) as number, 4] }, FIRST);
  expectSound(model);
  for (const n of sizes) {
    const x = normal([n, 4], n);
    const expected = fn(x);
    const [actual] = await runStock(model, [x]);
    expectSame(actual as tf.Tensor, expected, `size ${n}`);
    tf.dispose([x, expected, actual]);
  }
}

/** Repeats a sum over everything by its batch and its length, both divided. */
class Repeating extends tf.layers.Layer {
  static readonly className = 'TraceTestRepeating';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = Array.isArray(inputs) ? inputs : [inputs];
    const x = input as tf.Tensor3D;
    const [batch, length] = x.shape;
    return tf.tile(tf.reshape(tf.sum(x), [1, 1]), [Math.ceil(batch / 8), Math.floor(length / 4) + 1]);
  }
}

describe('trace: divided sizes', () => {
  before(() => useBackend('cpu'));

  for (const by of [2, 3, 4, 5, 6, 8, 9, 14, 32, 160]) {
    it(`rounded down, up and to the nearest, by ${by}`, async function () {
      this.timeout(20_000);
      await expectRows((n) => Math.floor(n / by) + 1);
      await expectRows((n) => Math.ceil(n / by));
      await expectRows((n) => Math.round(n / by) + 1);
    });
  }

  it('of windows with a stride', async () => {
    await expectRows((n) => Math.floor((n - 3) / 8) + 1, [8, 11, 12, 18, 19, 20, 1000]);
  });

  it('rounded both ways in one function, apart from each other', async () => {
    for (const by of [7, 11, 13, 24]) {
      await expectRows((n) => Math.floor(n / by) + 1);
      const both = (a: tf.Tensor): tf.Tensor[] => [
        rows((n) => Math.floor(n / by))(a),
        rows((n) => Math.ceil(n / by))(a),
      ];
      const model = traceFunction(both, { shape: [null, 4] });
      for (const n of [by, 3 * by, 3 * by + 1, 4 * by - 1]) {
        const x = normal([n, 4], n);
        const expected = both(x);
        const actual = await runStock(model, [x]);
        expected.forEach((tensor, i) => expectSame(actual[i] as tf.Tensor, tensor, `${n} by ${by}`));
        tf.dispose([x, expected, actual]);
      }
    }
  });

  it('of sizes that must be multiples of four', async () => {
    const fours = (a: tf.Tensor): tf.Tensor => {
      const n = a.shape[0];
      const sums = tf.sum(tf.reshape(a, [n / 4, 16]), 0, true);
      return tf.tile(sums, [Math.ceil(n / 8), 1]);
    };
    const model = traceFunction(fours, { shape: [null, 4] });
    for (const n of [4, 8, 12, 16, 20]) {
      const x = normal([n, 4], n);
      const [actual] = await runStock(model, [x]);
      expectSame(actual as tf.Tensor, fours(x), `size ${n}`);
    }
  });

  it('of images that are resized', async () => {
    const thumbnail = (a: tf.Tensor): tf.Tensor => {
      const [, height = 0, width = 0] = a.shape;
      return tf.image.resizeBilinear(a as tf.Tensor4D, [Math.ceil(height / 8), Math.floor(width / 6) + 1]);
    };
    const model = traceFunction(thumbnail, { shape: [1, null, null, 2] });
    for (const [height, width] of [
      [8, 12],
      [9, 17],
      [16, 11],
      [41, 6],
    ] as const) {
      const x = normal([1, height, width, 2], height);
      const [actual] = await runStock(model, [x]);
      expectSame(actual as tf.Tensor, thumbnail(x), `${height} by ${width}`);
    }
  });

  it('of the batch and the length of a layers model', async () => {
    const layer = new Repeating({ name: 'repeating', inputShape: [null, 2] });
    const model = tf.sequential({ layers: [layer] });
    const traced = traceLayersModel(model);
    for (const [batch, length] of [
      [8, 4],
      [9, 5],
      [16, 7],
      [1, 1],
    ] as const) {
      const x = normal([batch, length, 2], 1);
      const [actual] = await runStock(traced, [x]);
      expect(actual?.shape).to.deep.equal([Math.ceil(batch / 8), Math.floor(length / 4) + 1]);
    }
  });

  it('but no other functions of sizes', () => {
    const others: ((n: number) => number)[] = [
      (n) => Math.floor(Math.sqrt(n)),
      (n) => Math.floor(n / 2) + Math.floor(n / 3) + 1,
      (n) => Math.min(Math.ceil(n / 8), 40),
      (n) => Math.ceil((3 * n) / 8),
    ];
    for (const other of others) {
      expectRefused(
        () => traceFunction(rows(other), { shape: [null, 4] }),
        'trace/shape',
        'adding, multiplying or dividing',
      );
    }
  });
});
