import type { ReportRecord } from '@tfjs-optimize/benchmark';
import { expect } from 'chai';
import { pairReport } from '../../../benchmark/test/report/fixture.js';
import { comparisonText } from '../../src/benchmark/render-comparison.js';
import { coloursFor } from '../../src/terminal/streams.js';

const PLAIN = coloursFor({ write: () => true }, {});

type Comparison = NonNullable<ReportRecord['comparison']>;

/** What is printed where the second of two models is so many times as fast. */
function printed(
  value: number,
  verdict: 'faster' | 'slower' | 'no difference',
  more: Partial<Comparison> = {},
): string {
  const { comparison, ...rest } = pairReport();
  if (comparison === undefined) throw new Error('the fixture compares');
  const speedup = { value, low: value - 0.002, high: value + 0.002 };
  const against = comparison.against.map((each) => ({ ...each, speedup, verdict }));
  return comparisonText({ ...rest, comparison: { ...comparison, ...more, against } }, undefined, PLAIN);
}

describe('comparisons in text', () => {
  it('say of small differences in one process where they may come from', () => {
    const hint = 'may come from where models lie in memory: --processes';
    expect(printed(1.01, 'faster')).to.include('1.010x faster').and.include(hint);
    expect(printed(0.99, 'slower')).to.include('1.010x slower').and.include(hint);
    expect(printed(1.01, 'faster', { isolated: true })).not.to.include(hint);
    expect(printed(1.01, 'no difference')).not.to.include(hint);
    expect(printed(1.5, 'faster')).to.include('1.50x faster').and.not.include(hint);
  });
});
