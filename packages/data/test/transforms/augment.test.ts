import {
  augment,
  loader,
  type Augmentation,
  type Dataset,
  type Field,
  type Numbers,
  type Sample,
} from '@tfjs-optimize/data';
import { Random } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { augmentationOf } from '../../src/transforms/augment.js';
import { all, valuesOf } from '../support/samples.js';

/** An image of one channel whose pixels are 1, 2, 3, … */
const image = (height: number, width: number): Field => ({
  values: Float32Array.from({ length: height * width }, (_, i) => i + 1),
  shape: [height, width, 1],
});

/** All results of many draws, each once. */
function outcomes(made: Augmentation, given: Field | Numbers, draws = 300): Set<string> {
  const change = augmentationOf(made);
  const seen = Array.from({ length: draws }, (_, seed) => {
    const { image: changed } = change({ image: given }, { random: Random.of(seed) });
    return [...((changed as Field).values ?? changed)].join(' ');
  });
  return new Set(seen);
}

describe('augment', () => {
  it('shifts by whole pixels in all directions, with fill where nothing came from', () => {
    expect(outcomes(augment.shift({ by: 0.5, fill: 9 }), image(2, 2))).to.deep.equal(
      new Set([
        ...['1 2 3 4', '9 1 9 3', '2 9 4 9', '9 9 1 2', '3 4 9 9'],
        ...['9 9 9 1', '9 9 2 9', '9 3 9 9', '4 9 9 9'],
      ]),
    );
    expect(outcomes(augment.shift({ by: 0.34 }), Float32Array.of(1, 2, 3))).to.deep.equal(
      new Set(['1 2 3', '0 1 2', '2 3 0']),
    );
    expect(outcomes(augment.shift({ by: 0 }), image(2, 2))).to.deep.equal(new Set(['1 2 3 4']));
  });

  it('flips in one direction, as often as told', () => {
    expect(outcomes(augment.flip(), image(2, 2))).to.deep.equal(new Set(['1 2 3 4', '2 1 4 3']));
    expect(outcomes(augment.flip({ axis: 'vertical', probability: 1 }), image(2, 2))).to.deep.equal(
      new Set(['3 4 1 2']),
    );
    expect(outcomes(augment.flip({ probability: 0 }), image(2, 2))).to.deep.equal(new Set(['1 2 3 4']));
    const colours: Field = { values: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [1, 2, 3] };
    expect(outcomes(augment.flip({ probability: 1 }), colours)).to.deep.equal(new Set(['4 5 6 1 2 3']));
  });

  it('crops at every place there is, with padding and of sound', () => {
    expect(outcomes(augment.crop({ size: [1, 2] }), image(2, 3))).to.deep.equal(
      new Set(['1 2', '2 3', '4 5', '5 6']),
    );
    expect(outcomes(augment.crop({ size: 1, padding: 1 }), image(1, 1))).to.deep.equal(new Set(['0', '1']));
    expect(outcomes(augment.crop({ size: 2 }), Float32Array.of(1, 2, 3))).to.deep.equal(
      new Set(['1 2', '2 3']),
    );
  });

  it('adds noise of the deviation asked for, and keeps bytes bytes', () => {
    const n = 10_000;
    const change = augmentationOf(augment.noise({ deviation: 2 }));
    const noisy = change({ image: new Float32Array(n).fill(5) }, { random: Random.of(1) })['image'] as Field;
    const values = [...noisy.values];
    const mean = values.reduce((a, b) => a + b) / n;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
    // Five standard errors: 2 / sqrt(n) of the mean, 2 / sqrt(2 n) of the deviation.
    expect(mean).to.be.closeTo(5, (5 * 2) / Math.sqrt(n));
    expect(deviation).to.be.closeTo(2, (5 * 2) / Math.sqrt(2 * n));
    const bytes = augmentationOf(augment.noise({ deviation: 300 }))(
      { image: new Uint8Array(100).fill(128) },
      { random: Random.of(1) },
    )['image'] as Field;
    expect(bytes.values).to.be.instanceOf(Uint8Array);
    expect([Math.min(...bytes.values), Math.max(...bytes.values)]).to.deep.equal([0, 255]);
  });

  it('is the same for every order and number of workers, and differs from epoch to epoch', async () => {
    const data: Dataset = { length: 6, get: (i) => ({ image: new Float32Array(4).fill(i), i }) };
    const transform = [
      augment.shift({ by: 0.5, fill: -1 }),
      augment.noise({ deviation: 1 }),
      (sample: Sample): Sample => sample,
    ];
    const load = loader(data, { transform, batchSize: 6 });
    const [first, again, later] = [
      await all(load.epoch(0)),
      await all(load.epoch(0)),
      await all(load.epoch(1)),
    ];
    expect(valuesOf(again, 'image')).to.deep.equal(valuesOf(first, 'image'));
    expect(valuesOf(later, 'image')).to.not.deep.equal(valuesOf(first, 'image'));
  });

  it('refuses wrong options, and fields that are no images', async () => {
    for (const make of [
      ...[
        () => augment.shift({ by: 2 }),
        () => augment.shift({} as never),
        () => augment.flip({ axis: 'x' as never }),
      ],
      ...[() => augment.crop({ size: 0 }), () => augment.noise({ deviation: -1 })],
    ]) {
      await expectCode('argument/invalid', make);
    }
    for (const [made, sample, message] of [
      [augment.flip(), { label: 1 }, /field 'image' for flip/],
      [
        augment.flip({ field: 'x' }),
        { x: { values: new Float32Array(1), shape: [1, 1, 1, 1] } },
        /field 'x'.*\[1,1,1,1\]/,
      ],
      [augment.crop({ size: 3 }), { image: image(2, 2) }, /crop: expected at least 3 by 3 .*got 2 by 2/],
    ] as const) {
      const data: Dataset = { length: 1, get: () => sample };
      const error = await expectCode('data/shape', () => all(loader(data, { transform: made })));
      expect(error.message).to.match(message);
    }
  });
});
