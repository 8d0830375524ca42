import { expect } from 'chai';
import type { Figures, Interval, Timing } from '@tfjs-optimize/core';
import { comparisonTable, type Measured } from '../../../../examples/quickstart/table.js';

const time: Timing = { n: 9, median: 1, mean: 1, low: 0.9, high: 1.2, samples: [] } as never;
const side: Measured = {
  figures: { parameters: 10, nodesByOp: { Const: 2, Conv2D: 1 } } as unknown as Figures,
  bytes: 1000,
  accuracy: 0.5,
  time,
};
const tableFor = (speedup: Interval): string =>
  comparisonTable(side, side, { speedup, difference: 0, digits: 10 });

describe('the table of the quickstart', () => {
  it('says how much faster, slower, or that it cannot be told', () => {
    expect(tableFor({ value: 1.5, low: 1.45, high: 1.55 })).to.include('1.50x faster (95 %: 1.45-1.55)');
    expect(tableFor({ value: 0.5, low: 0.49, high: 0.51 })).to.include('2.00x slower (95 %: 1.96-2.04)');
    expect(tableFor({ value: 1.01, low: 0.98, high: 1.03 })).to.include('no clear difference: 1.01x as fast');
  });

  it('explains a wide interval, and only that', () => {
    const wide = 'wide interval: other work on this machine, or a short run';
    expect(tableFor({ value: 1.5, low: 1.2, high: 1.8 })).to.include(wide);
    expect(tableFor({ value: 1.5, low: 1.45, high: 1.55 })).not.to.include(wide);
  });
});
