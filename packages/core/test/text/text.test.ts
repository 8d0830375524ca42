import { expect } from 'chai';
import { shapeText } from '../../src/text/shape.js';
import { textTable } from '../../src/text/table.js';
import {
  bytesText,
  changeText,
  countText,
  differenceText,
  millisecondsText,
  rateText,
} from '../../src/text/units.js';

describe('plain text', () => {
  it('prints shapes with question marks for sizes that are not known', () => {
    expect([[], [3, 2], [-1, 2], [null, 5], ['batch', 1]].map((shape) => shapeText(shape))).to.deep.equal([
      '[]',
      '[3,2]',
      '[?,2]',
      '[?,5]',
      '[?,1]',
    ]);
    expect([shapeText(undefined), shapeText(null)]).to.deep.equal(['[...]', '[...]']);
    expect(shapeText([-1, 2], ', ')).to.equal('[?, 2]');
  });

  it('prints sizes with three digits, rounding into the next unit', () => {
    expect(
      [0, 1, 999, 999.6, 1000, 9994, 9996, 99_940, 99_960, 999_499, 999_500, 14e6].map(bytesText),
    ).to.deep.equal([
      '0 B',
      '1 B',
      '999 B',
      '1.00 kB',
      '1.00 kB',
      '9.99 kB',
      '10.0 kB',
      '99.9 kB',
      '100 kB',
      '999 kB',
      '1.00 MB',
      '14.0 MB',
    ]);
    expect([7, 1500, 3.47e6, 3e8, 2.5e12, 4e16].map(countText)).to.deep.equal([
      '7',
      '1.50 K',
      '3.47 M',
      '300 M',
      '2.50 T',
      '40000 T',
    ]);
  });

  it('prints times and differences with digits that mean something', () => {
    expect([0.1234, 1.234, 12.34, 123.4].map(millisecondsText)).to.deep.equal([
      '0.123 ms',
      '1.23 ms',
      '12.3 ms',
      '123 ms',
    ]);
    expect([0, 1.23e-7].map(differenceText)).to.deep.equal(['0', '1.2e-7']);
  });

  it('prints rates with three digits', () => {
    expect([0, 3.2689, 99.96, 999.4, 999.6, 11_543].map(rateText)).to.deep.equal([
      '0',
      '3.27',
      '100',
      '999',
      '1.00 K',
      '11.5 K',
    ]);
  });

  it('prints changes with their sign', () => {
    expect(changeText(100, 25)).to.equal('-75.0 %');
    expect(changeText(100, 250)).to.equal('+150 %');
    expect(changeText(10_000, 10_001)).to.equal('+0.01 %');
    expect(changeText(1e6, 1e6 + 1)).to.equal('< 0.01 %');
    expect(changeText(1e6, 1e6 - 1)).to.equal('< 0.01 %');
    expect(changeText(3, 3)).to.equal('0 %');
    expect(changeText(0, 0)).to.equal('0 %');
    expect(changeText(0, 3)).to.equal('');
  });

  it('aligns columns and leaves no space at the ends of lines', () => {
    const table = textTable(
      [
        ['', 'before'],
        ['size', '7'],
        ['a longer name', '', 'x'],
      ],
      ['left', 'right', 'left'],
    );
    expect(table).to.equal(
      ['               before', 'size                7', 'a longer name          x'].join('\n'),
    );
    expect(textTable([], [])).to.equal('');
  });
});
