import { expect } from 'chai';
import { cosineText, percentText, shapeText } from '../../src/terminal/numbers.js';

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
  });
});
