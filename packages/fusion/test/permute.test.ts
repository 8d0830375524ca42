import { Weight, type Encoding } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { permuted, reshaped } from '../src/permute.js';

/** A weight of 2 × 3 × 4 × 5 whole numbers with a scale for each step along axes from `axis` on. */
function channels(axis: number, count: number): Weight {
  const values = Int8Array.from({ length: 120 }, (_, i) => ((i * 37) % 255) - 127);
  return Weight.channels(
    values,
    [2, 3, 4, 5],
    axis,
    Float32Array.from({ length: count }, (_, i) => (i + 1) / 7),
  );
}

function axisOf({ encoding }: Weight): number | Encoding['kind'] {
  return encoding.kind === 'channels' ? encoding.axis : encoding.kind;
}

/** Values of the permuted weight, element by element. */
function permutedValues(weight: Weight, axes: readonly number[]): number[] {
  const plain = Weight.of(weight.values(), weight.shape);
  return [...permuted(plain, axes).numbers()];
}

describe('weights with a scale for each channel', () => {
  const cases: readonly [axis: number, count: number, axes: readonly number[], after: number | string][] = [
    [3, 5, [3, 2, 1, 0], 0],
    [3, 5, [0, 1, 3, 2], 2],
    [0, 2, [1, 2, 3, 0], 3],
    [2, 20, [2, 3, 0, 1], 0],
    [2, 20, [0, 2, 3, 1], 1],
    [2, 20, [0, 1, 3, 2], 'plain'],
    [2, 20, [2, 0, 3, 1], 'plain'],
  ];
  for (const [axis, count, axes, after] of cases) {
    it(`${count} from axis ${axis} on, permuted by [${axes.join(', ')}], keep their values: ${after}`, () => {
      const weight = channels(axis, count);
      const moved = permuted(weight, axes);
      expect(axisOf(moved)).to.equal(after);
      expect([...moved.numbers()]).to.deep.equal(permutedValues(weight, axes));
    });
  }

  const shapes: readonly [axis: number, count: number, shape: readonly number[], after: number | string][] = [
    [3, 5, [24, 5], 1],
    [3, 5, [2, 3, 4, 5, 1], 3],
    [2, 20, [6, 20], 1],
    [2, 20, [6, 2, 2, 5], 1],
    [1, 3, [2, 3, 20], 1],
    [0, 2, [1, 2, 60], 0],
    [3, 5, [120], 'plain'],
    [1, 3, [6, 20], 'plain'],
    [3, 5, [12, 10], 'plain'],
  ];
  for (const [axis, count, shape, after] of shapes) {
    it(`${count} from axis ${axis} on, as [${shape.join(', ')}], keep their values: ${after}`, () => {
      const weight = channels(axis, count);
      const same = reshaped(weight, shape);
      expect(axisOf(same)).to.equal(after);
      expect(same.shape).to.deep.equal(shape);
      expect([...same.numbers()]).to.deep.equal([...weight.numbers()]);
    });
  }
});
