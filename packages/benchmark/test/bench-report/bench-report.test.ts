import { expect } from 'chai';
import { benchReportHtml, benchReportMarkdown, type BenchReport, type BenchRow } from '../../src/index.js';

const row: BenchRow = {
  ...{ id: 'gpu/net', value: 12.345678, unit: 'x', low: 12, high: 13, n: 40 },
  ...{ note: 'CPU 10 ms | GPU <1 ms>', device: 'A100, driver 550', target: { atLeast: 3 } },
};

const REPORT: BenchReport = {
  title: 'Benchmarks gpu',
  made: '2025-01-02T03:04:05.000Z',
  machines: ['a processor, 2 cores'],
  rows: [row, { ...row, id: 'gpu/other', value: 2, note: 'plain' }],
  skipped: [
    { id: 'gpu/a', reason: 'no sessions' },
    { id: 'gpu/b', reason: 'no data' },
    { id: 'gpu/c', reason: 'no sessions' },
  ],
  failed: ['gpu/broken'],
};

describe('reports of benchmarks', () => {
  it('as Markdown tell rows, machine, device, and what was skipped or failed, as text', () => {
    expect(benchReportMarkdown(REPORT)).to.equal(`# Benchmarks gpu

**2 figures, 3 cases skipped, 1 case failed.** Made 2025-01-02T03:04:05.000Z.

## Machine

- a processor, 2 cores

## Graphics processor

- A100, driver 550

## Figures

| case | value | from | to | n | target | note |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| gpu/net | 12.35 x | 12 | 13 | 40 | &gt;= 3 met | CPU 10 ms \\| GPU &lt;1 ms&gt; |
| gpu/other | 2 x | 12 | 13 | 40 | &gt;= 3 MISSED | plain |

## Not measured

- gpu/a, gpu/c: no sessions
- gpu/b: no data

## Failed

- gpu/broken
`);
  });

  it('as a page tell the same, with names and notes as text, and hold the data', () => {
    const page = benchReportHtml(REPORT);
    expect(page).to.match(/^<!doctype html>/i);
    expect(page).to.contain('CPU 10 ms | GPU &lt;1 ms&gt;').and.not.to.contain('GPU <1 ms>');
    expect(page).to.contain('gpu/a, gpu/c: no sessions').and.to.contain('A100, driver 550');
    expect(page).to.contain('2 figures, 3 cases skipped, 1 case failed');
    const [, data = ''] = /<script type="application\/json" id="record">([^]*?)<\/script>/.exec(page) ?? [];
    expect(JSON.parse(data)).to.deep.equal(REPORT);
  });

  it('of a run that measured nothing say so and have no empty parts', () => {
    const nothing: BenchReport = { ...REPORT, rows: [], machines: [], failed: [] };
    const text = benchReportMarkdown(nothing);
    expect(text).to.contain('**No figures, 3 cases skipped.**').and.to.contain('## Not measured');
    expect(text).not.to.match(/## (Figures|Machine|Failed|Graphics)/);
    expect(benchReportHtml(nothing)).not.to.contain('id="figures"');
  });
});
