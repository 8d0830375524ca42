import { expect } from 'chai';
import { compareValues } from '../../src/compare/compare.js';

describe('compareValues', () => {
  it('finds the largest and the mean difference and where the largest is', () => {
    const found = compareValues([1, 2, -8], [1, 2.5, -7]);
    expect(found.maxDifference).to.equal(1);
    expect(found.meanDifference).to.equal(0.5);
    expect(found.magnitude).to.equal(8);
  });

  it('has cosine 1 for parallel, 0 for orthogonal and -1 for opposite lists', () => {
    expect(compareValues([1, 2], [2, 4]).cosine).to.be.closeTo(1, 1e-15);
    expect(compareValues([1, 0], [0, 1]).cosine).to.equal(0);
    expect(compareValues([1, 2], [-1, -2]).cosine).to.be.closeTo(-1, 1e-15);
    expect(compareValues([0, 0], [0, 0]).cosine).to.equal(1);
    expect(compareValues([0, 0], [0, 1]).cosine).to.equal(0);
  });

  it('never takes a NaN for equal, not even to NaN, and counts it', () => {
    expect(compareValues([NaN, 1, 2], [NaN, NaN, 2.5])).to.deep.include({
      size: 3,
      maxDifference: 0.5,
      meanDifference: 0.5,
      magnitude: 2,
      incomparable: 2,
      nanInBoth: 1,
      nan: { a: 1, b: 2 },
      infinite: { a: 0, b: 0 },
    });
  });

  it('takes the same infinity for equal, and no other', () => {
    expect(compareValues([Infinity, 3], [Infinity, 3])).to.deep.include({
      maxDifference: 0,
      incomparable: 0,
      magnitude: 3,
      infinite: { a: 1, b: 1 },
    });
    expect(compareValues([Infinity, 1], [-Infinity, Infinity]).incomparable).to.equal(2);
  });

  it('compares empty lists as equal', () => {
    expect(compareValues([], [])).to.include({
      maxDifference: 0,
      meanDifference: 0,
      cosine: 1,
      incomparable: 0,
    });
  });
});
