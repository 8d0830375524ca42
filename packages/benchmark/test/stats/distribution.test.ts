import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { distribution, verdict } from '../../src/index.js';

describe('distribution of samples', () => {
  it('agrees with numpy to 13 digits on samples with a long tail', () => {
    // numpy 2.4.6:
    // x = [12.1, 11.8, 12.4, 35.0, 11.9, 12.0, 12.2, 14.7, 11.7, 12.3, 12.05, 19.9]
    // np.percentile(x, [0, 50, 75, 90, 95, 99, 100])  # method='linear', the default
    //   [11.7, 12.149999999999999, 12.975, 19.38, 26.69499999999999, 33.339000000000006, 35.0]
    // np.mean(x), np.std(x, ddof=1)                    # 14.8375, 6.759004936177568
    // np.median(np.abs(x - np.median(x)))              # 0.25
    const found = distribution([12.1, 11.8, 12.4, 35.0, 11.9, 12.0, 12.2, 14.7, 11.7, 12.3, 12.05, 19.9]);
    const known = {
      n: 12,
      min: 11.7,
      p50: 12.15,
      p75: 12.975,
      p90: 19.38,
      p95: 26.695,
      p99: 33.339,
      max: 35,
      mean: 14.8375,
      sd: 6.759004936177568,
      mad: 0.25,
    };
    expect(Object.keys(found)).to.deep.equal(Object.keys(known));
    for (const [key, value] of Object.entries(known)) {
      expect(found[key as keyof typeof known], key).to.be.closeTo(value, 1e-12);
    }
  });

  it('interpolates between four samples as numpy does', () => {
    // np.percentile([1, 2, 3, 4], [50, 75, 90, 95, 99])  # [2.5, 3.25, 3.7, 3.85, 3.97]
    const { p50, p75, p90, p95, p99, sd, mad } = distribution([3, 1, 4, 2]);
    expect([p50, p75]).to.deep.equal([2.5, 3.25]);
    expect(p90).to.be.closeTo(3.7, 1e-12);
    expect(p95).to.be.closeTo(3.85, 1e-12);
    expect(p99).to.be.closeTo(3.97, 1e-12);
    // np.std([1, 2, 3, 4], ddof=1)  # 1.2909944487358056
    expect(sd).to.be.closeTo(1.2909944487358056, 1e-12);
    expect(mad).to.equal(1);
  });

  it('one sample has no spread, no sample is refused', async () => {
    const { n, min, p99, mean, sd, mad } = distribution([4]);
    expect({ n, min, p99, mean, sd, mad }).to.deep.equal({ n: 1, min: 4, p99: 4, mean: 4, sd: 0, mad: 0 });
    await expectCode('argument/invalid', () => distribution([]));
  });

  it('leaves the samples as they are', () => {
    const samples = [3, 1, 2];
    distribution(samples);
    expect(samples).to.deep.equal([3, 1, 2]);
  });
});

describe('verdict', () => {
  it('sees a difference only where all of the interval lies on one side of 1', () => {
    expect(verdict({ low: 1.01, high: 1.2 })).to.equal('faster');
    expect(verdict({ low: 0.8, high: 0.99 })).to.equal('slower');
    expect(verdict({ low: 0.99, high: 1.01 })).to.equal('no difference');
    expect(verdict({ low: 1, high: 1.2 })).to.equal('no difference');
    expect(verdict({ low: 0.8, high: 1 })).to.equal('no difference');
  });
});
