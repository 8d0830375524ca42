import { expect } from 'chai';
import type { Comparison } from '../../src/record/measurement.js';
import type { ReportRecord } from '../../src/record/report.js';
import { headlineOf } from '../../src/report/headline.js';
import { summaryRows } from '../../src/report/summary.js';
import { manyReport, pairReport } from './fixture.js';

type Against = Comparison['against'][number];

/** A report with other words on what was held against the first. */
function against(record: ReportRecord, change: (each: Against, i: number) => Partial<Against>): ReportRecord {
  const { comparison } = record;
  if (!comparison) throw new Error('the fixture compares');
  return {
    ...record,
    comparison: {
      ...comparison,
      against: comparison.against.map((each, i) => ({ ...each, ...change(each, i) })),
    },
  };
}

/** A report whose models have files of so many bytes. */
function sized(record: ReportRecord, bytes: readonly number[]): ReportRecord {
  const models = record.models.map((model, i) => ({
    ...model,
    cost: { ...model.cost, fileBytes: bytes[i] ?? model.cost.fileBytes },
  }));
  return { ...record, models };
}

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');
const headline = (record: ReportRecord): string => spaced(headlineOf(record).text);

describe('the headline', () => {
  it('says how far outputs differ where that is no rounding', () => {
    const differ = (relative: number, incomparable = 0): string =>
      headline(against(pairReport(), () => ({ difference: { max: 1, mean: 0.1, relative, incomparable } })));
    expect(differ(0.25)).to.equal(
      '2.28× faster, 75 % smaller and outputs that differ by up to 25 % of the largest.',
    );
    expect(differ(1e-6)).to.equal('2.28× faster and 75 % smaller.');
    expect(differ(0, 3)).to.equal(
      '2.28× faster, 75 % smaller and outputs that cannot be compared, such as NaN.',
    );
    const shapes = { baseline: [[1, 10]], own: [[1, 5]] };
    expect(headline(against(pairReport(), () => ({ shapes })))).to.match(/outputs of other shapes\.$/);
  });

  it('calls sizes that hardly differ the same', () => {
    expect(headline(sized(pairReport(), [1_000_000, 996_000]))).to.equal('2.28× faster and the same size.');
    expect(headline(sized(pairReport(), [1_000_000, 994_000]))).to.equal('2.28× faster and 0.6 % smaller.');
  });

  it('names the fastest and the smallest of several only where none comes near', () => {
    const record = manyReport();
    const scores = record.models.map(({ quality: _, ...model }) => model);
    const bare = { ...record, models: scores };
    const tied = against(
      sized(
        bare,
        record.models.map(() => 1_000_000),
      ),
      () => ({
        speedup: { value: 1, low: 0.99, high: 1.01 },
      }),
    );
    expect(headline(tied)).to.equal('None is clearly the fastest or the smallest.');
    const clear = against(tied, (_, i) => (i === 1 ? { speedup: { value: 2, low: 1.9, high: 2.1 } } : {}));
    expect(headline(clear)).to.equal(`${record.models[2]?.name} is the fastest.`);
    const near = against(clear, (_, i) =>
      i === 0 ? { speedup: { value: 1.95, low: 1.85, high: 2.05 } } : {},
    );
    expect(headline(near)).to.equal('None is clearly the fastest or the smallest.');
  });
});

describe('the summary of what has no interval', () => {
  it('does not compare first calls and high percentiles', () => {
    const rows = summaryRows(pairReport()).filter(({ label }) => /First call|95th/.test(label));
    expect(rows).to.have.length(2);
    for (const { cells } of rows) {
      for (const cell of cells) expect(cell).not.to.have.any.keys('change', 'tone');
    }
  });

  it('colours no size that hardly changes', () => {
    const tone = (bytes: number): string | undefined =>
      summaryRows(sized(pairReport(), [1_000_000, bytes])).find(({ label }) => label === 'Size on disk')
        ?.cells[1]?.tone;
    expect([tone(996_000), tone(994_000), tone(1_006_000)]).to.deep.equal(['same', 'better', 'worse']);
  });
});
