import { expect } from 'chai';
import { compareFetched, isWithin } from '../../src/compare/outputs.js';

const numbers = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype = 'float32',
) => ({
  dtype,
  shape,
  values,
});
const within = (a: readonly number[], b: readonly number[], tolerance: number): boolean =>
  isWithin(compareFetched(numbers(a), numbers(b)), tolerance);

describe('isWithin', () => {
  it('is relative to values above 1 and absolute below', () => {
    expect(within([100], [100.5], 0.01)).to.equal(true);
    expect(within([100], [102], 0.01)).to.equal(false);
    expect(within([0.1], [0.105], 0.01)).to.equal(true);
    expect(within([0.1], [0.12], 0.01)).to.equal(false);
  });

  it('is false for a NaN on one side, whatever the tolerance', () => {
    expect(within([NaN], [1], 1e9)).to.equal(false);
    expect(within([NaN], [NaN], 0)).to.equal(true);
  });
});

describe('compareFetched', () => {
  it('does not compare what has another shape or type', () => {
    const other = compareFetched(numbers([1, 2], [2]), numbers([1, 2], [1, 2]));
    expect(other).to.deep.equal({ kind: 'shapes' });
    expect(isWithin(other, 1e9)).to.equal(false);
    expect(compareFetched(numbers([1]), numbers([1], [1], 'int32')).kind).to.equal('shapes');
  });

  it('counts strings that are not equal', () => {
    const text = (values: readonly string[]) => ({ dtype: 'string', shape: [values.length], values });
    const compared = compareFetched(text(['a', 'b']), text(['a', 'c']));
    expect(compared).to.deep.equal({ kind: 'strings', unequal: 1, size: 2 });
    expect(isWithin(compared, 1)).to.equal(false);
    expect(isWithin(compareFetched(text(['a']), text(['a'])), 0)).to.equal(true);
  });
});
