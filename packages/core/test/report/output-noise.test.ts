import { expect } from 'chai';
import { OutputNoise, WORST_RATIO } from '../../src/index.js';

describe('the noise of outputs', () => {
  it('is 20 dB for noise of a tenth, and infinite for none', () => {
    const exact = Float32Array.from([10, 0, 0, 10]);
    const difference = new OutputNoise();
    difference.add(exact, Float32Array.from([10, 1, 1, 10]), 2);
    expect(difference.ratio).to.be.closeTo(20, 1e-9);
    expect(difference.cosine).to.be.closeTo(10 / Math.sqrt(101), 1e-12);
    const none = new OutputNoise();
    none.add(exact, exact, 2);
    expect(none.ratio).to.equal(Infinity);
    expect(none.cosine).to.equal(1);
  });

  it('is the worst for noise that is NaN and for noise without a signal', () => {
    const broken = new OutputNoise();
    broken.add(Float32Array.from([1, 2]), Float32Array.from([1, NaN]), 1);
    expect(broken.ratio).to.equal(WORST_RATIO);
    const silent = new OutputNoise();
    silent.add(new Float32Array(2), Float32Array.from([0, 1]), 1);
    expect(silent.ratio).to.equal(WORST_RATIO);
  });
});
