import { expect } from 'chai';
import { agrees, compareFetched, findingOf, type Finding } from '../../src/compare/outputs.js';

const numbers = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
  dtype = 'float32',
) => ({
  dtype,
  shape,
  values,
});
const finding = (a: readonly number[], b: readonly number[], tolerance: number): Finding =>
  findingOf(compareFetched(numbers(a), numbers(b)), tolerance);

describe('findingOf', () => {
  it('is relative to values above 1 and absolute below', () => {
    expect(finding([100], [100.5], 0.01)).to.equal('within');
    expect(finding([100], [102], 0.01)).to.equal('apart');
    expect(finding([0.1], [0.105], 0.01)).to.equal('within');
    expect(finding([0.1], [0.12], 0.01)).to.equal('apart');
    expect(finding([0.1], [0.1], 0)).to.equal('equal');
  });

  it('tells of NaN and infinities on one side, whatever the tolerance', () => {
    expect(finding([NaN, 1], [1, 1], 1e9)).to.equal('elsewhere');
    expect(finding([NaN, 1], [1, NaN], 1e9)).to.equal('elsewhere');
    expect(finding([1], [Infinity], 1e9)).to.equal('elsewhere');
  });

  it('compares numbers beside NaN that both have, and finds nothing where there are none', () => {
    expect(finding([NaN, 1], [NaN, 1], 0)).to.equal('equal');
    expect(finding([NaN, 1], [NaN, 3], 0.1)).to.equal('apart');
    expect(finding([NaN], [NaN], 1e9)).to.equal('nothing');
    expect(finding([], [], 0)).to.equal('equal');
  });

  it('does not let an infinity that both have hide a difference', () => {
    expect(finding([Infinity, 1], [Infinity, 2], 0.1)).to.equal('apart');
  });
});

describe('compareFetched', () => {
  it('does not compare what has another shape or type', () => {
    const other = compareFetched(numbers([1, 2], [2]), numbers([1, 2], [1, 2]));
    expect(other).to.deep.equal({ kind: 'shapes' });
    expect(findingOf(other, 1e9)).to.equal('apart');
    expect(compareFetched(numbers([1]), numbers([1], [1], 'int32')).kind).to.equal('shapes');
  });

  it('counts strings that are not equal', () => {
    const text = (values: readonly string[]) => ({ dtype: 'string', shape: [values.length], values });
    const compared = compareFetched(text(['a', 'b']), text(['a', 'c']));
    expect(compared).to.deep.equal({ kind: 'strings', unequal: 1, size: 2 });
    expect(agrees(findingOf(compared, 1))).to.equal(false);
    expect(agrees(findingOf(compareFetched(text(['a']), text(['a'])), 0))).to.equal(true);
  });
});
