import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { benchTable, meetsTarget, runCases, type BenchCase, type BenchRow } from '../src/index.js';

const row = (id: string, more: Partial<BenchRow> = {}): BenchRow => ({
  id,
  value: 2,
  unit: 'x',
  low: 1.5,
  high: 2.5,
  n: 10,
  note: 'a note',
  ...more,
});
const benchCase = (id: string, more: Partial<BenchCase> = {}): BenchCase => ({
  id,
  what: `what ${id} measures`,
  run: () => Promise.resolve(row(id)),
  ...more,
});

describe('running benchmark cases', () => {
  it('runs those that the filters match, in order, and hands them the seed', async () => {
    const seeds: number[] = [];
    const run: BenchCase['run'] = ({ seed }) => {
      seeds.push(seed);
      return Promise.resolve(row('a/one'));
    };
    const cases = [benchCase('a/one', { run }), benchCase('b/two'), benchCase('a/three')];
    const { rows } = await runCases(cases, { filters: ['a/'], seed: 7 });
    expect(rows.map(({ id }) => id)).to.deep.equal(['a/one', 'a/three']);
    expect(seeds).to.deep.equal([7]);
  });

  it('names what cannot run, with the reason', async () => {
    const full = benchCase('c', { missing: ({ quick }) => (quick ? 'shows nothing when quick' : undefined) });
    expect((await runCases([benchCase('a'), full], { quick: true })).skipped).to.deep.equal([
      { id: 'c', reason: 'shows nothing when quick' },
    ]);
    expect((await runCases([full])).skipped).to.deep.equal([]);
    const { rows, skipped } = await runCases([benchCase('a'), benchCase('b', { missing: () => 'no data' })]);
    expect(rows).to.have.length(1);
    expect(skipped).to.deep.equal([{ id: 'b', reason: 'no data' }]);
  });

  it('asks later whether a case can run, and takes several rows of one', async () => {
    const seen: string[] = [];
    const cases = [
      benchCase('a', { missing: () => Promise.resolve('no GPU') }),
      benchCase('b', { missing: () => Promise.resolve(undefined) }),
      benchCase('c', { run: () => Promise.resolve([row('c-1'), row('c-2')]) }),
    ];
    const { rows, skipped } = await runCases(cases, { row: ({ id }) => seen.push(id) });
    expect(skipped).to.deep.equal([{ id: 'a', reason: 'no GPU' }]);
    expect(rows.map(({ id }) => id)).to.deep.equal(['b', 'c-1', 'c-2']);
    expect(seen).to.deep.equal(['b', 'c-1', 'c-2']);
  });

  it('refuses a filter that matches nothing, naming what there is', async () => {
    const error = await expectCode('argument/invalid', () =>
      runCases([benchCase('a/one')], { filters: ['x'] }),
    );
    expect(error.message).to.contain('a/one');
    await expectCode('argument/invalid', () => runCases([]));
  });

  it('reports rows and progress as it goes, and stops when asked to', async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    await expectCode('aborted', () =>
      runCases([benchCase('a'), benchCase('b')], {
        signal: controller.signal,
        progress: (message) => seen.push(message),
        row: ({ id }) => {
          seen.push(id);
          controller.abort();
        },
      }),
    );
    expect(seen).to.deep.equal(['a: what a measures', 'a']);
  });

  it('targets bound a value from below, above or both sides, ends included', () => {
    expect(meetsTarget(row('a', { value: 2, target: { atLeast: 2 } }))).to.equal(true);
    expect(meetsTarget(row('a', { value: 1.99, target: { atLeast: 2 } }))).to.equal(false);
    expect(meetsTarget(row('a', { value: 3, target: { atMost: 3 } }))).to.equal(true);
    expect(meetsTarget(row('a', { value: Number.NaN, target: { atMost: 3 } }))).to.equal(false);
    expect(meetsTarget(row('a'))).to.equal(true);
    const within = { atLeast: 0.95, atMost: 1.05 };
    for (const value of [0.95, 1, 1.05])
      expect(meetsTarget(row('a', { value, target: within }))).to.equal(true);
    for (const value of [0.94, 1.06])
      expect(meetsTarget(row('a', { value, target: within }))).to.equal(false);
    const { rows, skipped } = { rows: [row('a', { value: 1, target: within })], skipped: [] };
    expect(benchTable({ rows, skipped })).to.contain('0.95..1.05 met');
  });

  it('prints an aligned table', () => {
    const rows = [
      row('net/long-name', { target: { atLeast: 3 } }),
      row('b', { value: 1234.5678, unit: 'ms', n: 5, target: { atMost: 2000 } }),
    ];
    expect(benchTable({ rows, skipped: [{ id: 'c', reason: 'no data' }] })).to.equal(
      [
        'id               value  from   to   n  target       note',
        'net/long-name      2 x   1.5  2.5  10  >= 3 MISSED  a note',
        'b              1235 ms   1.5  2.5   5  <= 2000 met  a note',
        'skipped c: no data',
      ].join('\n'),
    );
  });

  it('tells a reason once, and prints no table without rows', () => {
    const skipped = [
      { id: 'a', reason: 'no GPU' },
      { id: 'b', reason: 'no data' },
      { id: 'c', reason: 'no GPU' },
    ];
    expect(benchTable({ rows: [], skipped })).to.equal('skipped a, c: no GPU\nskipped b: no data');
    const many = ['a', 'b', 'c', 'd'].map((id) => ({ id, reason: 'no GPU' }));
    expect(benchTable({ rows: [], skipped: many })).to.equal('skipped 4 cases: no GPU\n  a\n  b\n  c\n  d');
  });
});
