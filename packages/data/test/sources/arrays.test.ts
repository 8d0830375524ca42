import { arrays, split, subset } from '@tfjs-optimize/data';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { numbered } from '../support/samples.js';

describe('arrays', () => {
  it('gives one row of each column, floats or whole numbers as they are stored', () => {
    const data = arrays({
      image: { values: Uint8Array.of(1, 2, 3, 4), shape: [2, 1, 2] },
      scaled: { values: Uint8Array.of(1, 3), shape: [2], scale: 0.5 },
      label: Int32Array.of(7, 8),
      weight: [0.25, 0.75],
      name: ['a', 'b'],
    });
    expect(data.length).to.equal(2);
    expect(data.types).to.deep.equal({ image: 'int32', label: 'int32' });
    expect(data.get(1)).to.deep.equal({
      ...{
        image: { values: Uint8Array.of(3, 4), shape: [1, 2] },
        scaled: 1.5,
        label: 8,
        weight: 0.75,
        name: 'b',
      },
    });
  });

  it('refuses columns that do not fit, and indices that are not there', async () => {
    const row = Float32Array.of(1, 2);
    await expectCode('data/shape', () => arrays({ a: row, b: [1] }));
    await expectCode('data/shape', () => arrays({ a: { values: row, shape: [3] } }));
    for (const columns of [
      {},
      undefined,
      { a: 1 },
      { a: [1, 'b'] },
      { a: null },
      { a: { values: row, shape: [] } },
    ]) {
      await expectCode('argument/invalid', () => arrays(columns as never));
    }
    for (const [key, wrong] of [
      ['scale', 'x'],
      ['scale', NaN],
      ['shape', [2, '1']],
    ] as const) {
      const column = { values: row, shape: [2], [key]: wrong };
      await expectCode('argument/invalid', () => arrays({ a: column }));
    }
    for (const index of [-1, 2, 0.5])
      await expectCode('argument/invalid', () => arrays({ a: row }).get(index));
  });
});

describe('subset and split', () => {
  it('refuse promises of data sets, and streams', async () => {
    const made = Promise.resolve(numbered(5)) as never;
    for (const part of [() => subset(made, [0]), () => split(made, [0.5])]) {
      expect((await expectCode('argument/invalid', part)).message).to.match(/^dataset: .*Await it/);
    }
    await expectCode('data/stream', () => split({ stream: () => [] } as never, [0.5]));
  });

  it('takes samples in the order of the indices', async () => {
    const part = subset(numbered(5), [4, 0]);
    expect([part.get(0), part.get(1)].map((sample) => (sample as { label: number }).label)).to.deep.equal([
      4, 0,
    ]);
    for (const wrong of [[5], [1.5], [NaN], ['1'], [1, 'x'], 1, undefined]) {
      await expectCode('argument/invalid', () => subset(numbered(5), wrong as never));
    }
    await expectCode('argument/invalid', () => part.get(2));
  });

  it('makes parts that share nothing, drawn by the seed', async () => {
    const labels = (seed: number): number[][] =>
      split(numbered(10), [0.75, 0.25], seed).map((part) =>
        Array.from({ length: part.length }, (_, i) => (part.get(i) as { label: number }).label),
      );
    const [train = [], test = []] = labels(1);
    expect([train.length, test.length]).to.deep.equal([8, 2]);
    expect([...train, ...test].sort((a, b) => a - b)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(labels(1)).to.deep.equal([train, test]);
    expect(labels(2)).to.not.deep.equal([train, test]);
    for (const shares of [[], [0.6, 0.6], [-0.5], [0, 1], ['a']]) {
      await expectCode('argument/invalid', () => split(numbered(4), shares as number[]));
    }
  });
});
