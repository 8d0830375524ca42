import { expectNoLeak } from '@tfjs-optimize/testing';
import { mapBatches, sourceOf } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { fingerprintOf } from '../../src/train/fingerprint.js';
import type { Column } from '../../src/train/data.js';

const of = (column: Column, name = 'inputs'): Promise<string> => fingerprintOf([[name, column]]);

describe('fingerprints of data', () => {
  before(() => tf.setBackend('cpu'));

  it('tell names, types, shapes, scales and numbers apart, and take tensors as their numbers', async () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const column = { values, shape: [3, 2] };
    const tensor = tf.tensor2d(values, [3, 2]);
    await expectNoLeak(async () => {
      expect(await of(tensor)).to.equal(await of(column));
      const all = await Promise.all([
        of(column),
        of(column, 'labels'),
        of({ ...column, shape: [2, 3] }),
        of({ ...column, scale: 0.5 }),
        of({ ...column, values: Int32Array.from(values) }),
        of({ ...column, values: Uint8Array.from(values) }),
        of({ ...column, values: Float32Array.of(1, 2, 3, 4, 5, 7) }),
        fingerprintOf([
          ['inputs', column],
          ['labels', column],
        ]),
      ]);
      expect(new Set(all).size).to.equal(all.length);
    });
    const strings = [tf.tensor1d(['a', 'bc']), tf.tensor1d(['ab', 'c'])];
    expect(await of(strings[0] as tf.Tensor)).not.to.equal(await of(strings[1] as tf.Tensor));
    tf.dispose([tensor, ...strings]);
  });

  it('look at rows spread over large data, the same of a tensor as of numbers', async () => {
    const [count, size] = [1000, 1000];
    const values = new Float32Array(count * size).map((_, i) => i % 97);
    const column = { values, shape: [count, size] };
    const before = await of(column);
    const tensor = tf.tensor2d(values, [count, size]);
    await expectNoLeak(async () => expect(await of(tensor)).to.equal(before));
    tensor.dispose();
    // 262 of the 1000 rows: 0, 3, 7, …
    values[5] = -1;
    const first = await of(column);
    expect(first).not.to.equal(before);
    values[1 * size] = -1;
    expect(await of(column)).to.equal(first);
    values.fill(-1, 500 * size, 504 * size);
    expect(await of(column)).not.to.equal(first);
  });

  it('go with readers that change batches; data that are made as they are read have none', async () => {
    const source = sourceOf({ inputs: { values: Float32Array.of(1, 2), shape: [2] } });
    const changed = mapBatches(source, (batch) => batch);
    expect(await changed.fingerprint?.()).to.equal(await source.fingerprint?.());
    expect(
      mapBatches(
        sourceOf(() => []),
        (batch) => batch,
      ).fingerprint,
    ).to.equal(undefined);
  });
});
