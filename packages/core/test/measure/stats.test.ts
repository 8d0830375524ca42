import { expect } from 'chai';
import { percentile, spread } from '../../src/measure/stats.js';
import { expectCode } from '@tfjs-optimize/testing';

describe('statistics of measurements', () => {
  it('spread of 1..11: median, percentiles and deviation by hand', () => {
    const samples = [11, 1, 10, 2, 9, 3, 8, 4, 7, 5, 6];
    expect(spread(samples)).to.deep.equal({ n: 11, median: 6, low: 2, high: 10, min: 1, mad: 3 });
  });

  it('one sample is its own median with no spread', () => {
    expect(spread([4])).to.deep.equal({ n: 1, median: 4, low: 4, high: 4, min: 4, mad: 0 });
  });

  it('percentiles interpolate between samples', () => {
    expect(percentile([1, 2], 0.5)).to.equal(1.5);
    expect(percentile([0, 10], 0.25)).to.equal(2.5);
    expect(percentile([3, 1, 2], 0)).to.equal(1);
    expect(percentile([3, 1, 2], 1)).to.equal(3);
  });

  it('no samples are refused', async () => {
    await expectCode('argument/invalid', () => spread([]));
  });
});
