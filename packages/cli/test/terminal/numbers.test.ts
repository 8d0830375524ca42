import { expect } from 'chai';
import { cosineText, countOf, percentText, shapeText, valueText } from '../../src/terminal/numbers.js';

describe('numbers', () => {
  it('writes cosines with the digits in which they fall short of 1', () => {
    expect([1, 0.999999123456, 0.5].map(cosineText)).to.deep.equal(['1', '0.999999123', '0.5']);
  });

  it('writes shapes', () => {
    expect(shapeText([-1, 224, 3])).to.equal('[?, 224, 3]');
    expect(shapeText([])).to.equal('[]');
    expect(shapeText(undefined)).to.equal('[…]');
  });

  it('writes shares', () => {
    expect(percentText(1, 8)).to.equal('12.5 %');
    expect(percentText(1, 0)).to.equal('');
    expect([0, 4, 5, 6].map((part) => percentText(part, 10_000))).to.deep.equal([
      '0.0 %',
      '< 0.1 %',
      '0.1 %',
      '0.1 %',
    ]);
  });

  it('writes values plainly where that is short', () => {
    const values = [0, 0.73412, -12, 99_999.4, 100_000, 1.234e-7, Infinity, NaN];
    expect(values.map(valueText)).to.deep.equal([
      '0',
      '0.734',
      '-12',
      '100000',
      '1.00e+5',
      '1.23e-7',
      'Infinity',
      'NaN',
    ]);
  });

  it('counts one and many', () => {
    expect([0, 1, 2].map((count) => countOf(count, 'node'))).to.deep.equal(['0 nodes', '1 node', '2 nodes']);
  });
});
