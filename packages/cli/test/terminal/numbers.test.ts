import { expect } from 'chai';
import { bytes, cosine, count, difference, shape } from '../../src/terminal/numbers.js';

describe('numbers', () => {
  it('writes bytes in decimal units with three digits', () => {
    expect([0, 999, 1000, 1902176, 12345678, 999_999_999].map(bytes)).to.deep.equal([
      '0 B',
      '999 B',
      '1.00 kB',
      '1.90 MB',
      '12.3 MB',
      '1.00 GB',
    ]);
  });

  it('writes counts', () => {
    expect([0, 12, 4321, 3_470_000].map(count)).to.deep.equal(['0', '12', '4.32 k', '3.47 M']);
  });

  it('writes differences and cosines', () => {
    expect([0, 1.234e-7, NaN, Infinity].map(difference)).to.deep.equal(['0', '1.23e-7', 'NaN', 'Infinity']);
    expect([1, 0.999999123456, 0.5].map(cosine)).to.deep.equal(['1', '0.999999123', '0.5']);
  });

  it('writes shapes', () => {
    expect(shape([-1, 224, 3])).to.equal('[?, 224, 3]');
    expect(shape(undefined)).to.equal('[…]');
  });
});
