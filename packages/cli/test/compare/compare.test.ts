import { expect } from 'chai';
import { compareValues } from '../../src/compare/compare.js';

describe('compareValues', () => {
  it('finds the largest and the mean difference and where the largest is', () => {
    const found = compareValues([1, 2, -8], [1, 2.5, -7]);
    expect(found.maxDifference).to.equal(1);
    expect(found.meanDifference).to.equal(0.5);
    expect(found.worst).to.equal(2);
    expect(found.magnitude).to.equal(8);
  });

  it('has cosine 1 for parallel, 0 for orthogonal and -1 for opposite lists', () => {
    expect(compareValues([1, 2], [2, 4]).cosine).to.be.closeTo(1, 1e-15);
    expect(compareValues([1, 0], [0, 1]).cosine).to.equal(0);
    expect(compareValues([1, 2], [-1, -2]).cosine).to.be.closeTo(-1, 1e-15);
    expect(compareValues([0, 0], [0, 0]).cosine).to.equal(1);
    expect(compareValues([0, 0], [0, 1]).cosine).to.equal(0);
  });

  it('never takes a NaN for a number', () => {
    expect(compareValues([NaN], [1]).maxDifference).to.equal(Infinity);
    expect(compareValues([1], [NaN]).maxDifference).to.equal(Infinity);
    expect(compareValues([NaN, 1], [NaN, 1]).maxDifference).to.equal(0);
    expect(compareValues([Infinity], [Infinity]).maxDifference).to.equal(0);
    expect(compareValues([Infinity], [-Infinity]).maxDifference).to.equal(Infinity);
  });

  it('compares empty lists as equal', () => {
    expect(compareValues([], [])).to.include({ maxDifference: 0, meanDifference: 0, cosine: 1, worst: -1 });
  });
});
