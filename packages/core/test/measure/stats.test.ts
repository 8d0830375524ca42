import { expect } from 'chai';
import { percentile, ratioOfMedians, spread } from '../../src/measure/stats.js';
import { randomStream } from '../../src/random.js';
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

  it('a ratio lies inside its interval, which covers the truth and repeats by seed', () => {
    const random = randomStream(5);
    const noise = () => 1 + 0.2 * random();
    const slow = Array.from({ length: 80 }, () => 20 * noise());
    const fast = Array.from({ length: 80 }, () => 10 * noise());
    const ratio = ratioOfMedians(slow, fast, randomStream(1));
    expect(ratio.low).to.be.at.most(ratio.value);
    expect(ratio.high).to.be.at.least(ratio.value);
    expect(ratio.low).to.be.within(1.8, 2);
    expect(ratio.high).to.be.within(2, 2.2);
    expect(ratioOfMedians(slow, fast, randomStream(1))).to.deep.equal(ratio);
  });

  it('what slows both sides of a round does not widen the interval', () => {
    const fast = Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? 5 : 1));
    const slow = fast.map((time) => 2 * time);
    expect(ratioOfMedians(slow, fast, randomStream(1))).to.deep.equal({ value: 2, low: 2, high: 2 });
  });

  it('sides of different length are refused', async () => {
    await expectCode('argument/invalid', () => ratioOfMedians([1, 2], [1], randomStream(1)));
  });
});
