import { randomStream } from '@tfjs-optimize/core';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { density } from '../../src/report/density.js';
import {
  bytes,
  milliseconds,
  percent,
  plain,
  rate,
  score,
  scoreChange,
  span,
  times,
} from '../../src/report/format.js';
import { fitted, textWidth } from '../../src/report/html/marks.js';
import { paretoFront } from '../../src/report/pareto.js';
import { summaryRows } from '../../src/report/summary.js';
import { manyReport, pairReport } from './fixture.js';

const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('texts of figures', () => {
  it('carry units that do not break off', () => {
    expect(bytes(13_600_000)).to.equal('13.6\u00a0MB');
    expect(spaced(milliseconds(0.0004))).to.equal('0.4 µs');
    expect(spaced(milliseconds(0.08691))).to.equal('86.9 µs');
    expect(spaced(milliseconds(12.34))).to.equal('12.3 ms');
    expect(spaced(rate(41.23e9, 'FLOP/s'))).to.equal('41.2 GFLOP/s');
    expect(spaced(rate(999, 'FLOP/s'))).to.equal('999 FLOP/s');
    expect(spaced(percent(0.746))).to.equal('74.6 %');
    expect([times(2.314), times(12.34), times(123.4)]).to.deep.equal(['2.31×', '12.3×', '123×']);
    expect(spaced(span(2.2, 2.44))).to.equal('2.20× to 2.44×');
    expect([0, 0.125, 1234.5678, 1e-7, 1e6].map(plain)).to.deep.equal([
      '0',
      '0.125',
      '1235',
      '1.0e-7',
      '1.0e6',
    ]);
  });

  it('tell shares of examples in per cent and other scores as they are', () => {
    expect(spaced(score('accuracy', 0.9312))).to.equal('93.12 %');
    expect(score('mean squared error', 0.01256)).to.equal('0.01256');
    expect(spaced(scoreChange('top-5 accuracy', 0.9924, 0.9923))).to.equal('−0.01 points');
    expect(scoreChange('cosine', 0.5, 0.5)).to.equal('the same');
  });
});

describe('the Pareto front', () => {
  it('holds what no other beats', () => {
    const places = [
      { name: 'a', cost: 1, worth: 1 },
      { name: 'b', cost: 2, worth: 3 },
      { name: 'c', cost: 2, worth: 2 },
      { name: 'd', cost: 3, worth: 3 },
      { name: 'e', cost: 1, worth: 1 },
    ];
    expect(paretoFront(places).map(({ name }) => name)).to.deep.equal(['a', 'e', 'b']);
  });

  it('rises in worth with cost, and beats or equals every place left out', () => {
    const place = fc.record({ cost: fc.integer({ min: 0, max: 9 }), worth: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1 }), (places) => {
        const front = paretoFront(places);
        expect(front).not.to.be.empty;
        front.slice(1).forEach((each, i) => expect(each.worth).to.be.at.least(front[i]?.worth ?? 0));
        for (const left of places.filter((each) => !front.includes(each))) {
          expect(front.some((each) => each.cost <= left.cost && each.worth >= left.worth)).to.equal(true);
        }
      }),
    );
  });
});

describe('density', () => {
  it('peaks where samples are and covers all of them', () => {
    const random = randomStream(3);
    const samples = Array.from({ length: 400 }, () => 10 + random() + random() + random());
    const curve = density(samples);
    const [top] = curve.reduce((best, each) => (each[1] > best[1] ? each : best));
    expect(top).to.be.closeTo(11.5, 0.3);
    expect(Math.max(...curve.map(([, height]) => height))).to.equal(1);
    expect(curve[0]?.[1]).to.be.below(0.02);
    expect(curve.at(-1)?.[0]).to.be.above(Math.max(...samples));
    expect(density(samples, 11).at(-1)?.[0]).to.equal(11);
  });

  it('shows samples that are all the same', () => {
    const [at] = density([5, 5, 5]).reduce((best, each) => (each[1] > best[1] ? each : best));
    expect(at).to.be.closeTo(5, 1e-3);
    for (const samples of [[0], [5], [0, 0]]) {
      expect(density(samples).flat().every(Number.isFinite)).to.equal(true);
    }
  });
});

describe('labels', () => {
  it('are cut in the middle so that they fit', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 30, max: 300 }),
        (words, width) => {
          const cut = fitted(words, width);
          expect(textWidth(cut)).to.be.at.most(width);
          if (textWidth(words) <= width) expect(cut).to.equal(words);
        },
      ),
    );
    expect(fitted('block_13_expand_relu', 90)).to.match(/^block.*….*relu$/);
  });
});

describe('the summary', () => {
  const cell = (label: string, at: number) =>
    summaryRows(pairReport()).find((row) => row.label === label)?.cells[at];

  it('holds the change of each measure with its tone', () => {
    expect(cell('Latency, median', 1)).to.deep.include({ change: '2.28× faster', tone: 'better' });
    expect(spaced(cell('Size on disk', 1)?.change ?? '')).to.equal('−74.6 %');
    expect(cell('Parameters', 1)).to.deep.include({ change: 'the same', tone: 'same' });
    expect(cell('Size on disk', 0)).not.to.have.property('change');
  });

  it('does not call a change of accuracy bad that so many examples cannot tell', () => {
    expect(cell('Accuracy', 1)).to.deep.include({ tone: 'same' });
    const { models, ...rest } = pairReport();
    const [before, after] = models;
    if (!before || !after?.quality) throw new Error('the fixture has two models');
    const scores = [{ name: 'accuracy', value: 0.9, higherIsBetter: true }];
    const worse = { ...after, quality: { ...after.quality, scores } };
    const row = summaryRows({ ...rest, models: [before, worse] }).find(({ label }) => label === 'Accuracy');
    expect(row?.cells[1]).to.deep.include({ tone: 'worse' });
  });

  it('says "slower" and "no difference" as the comparison does', () => {
    const record = manyReport();
    const latency = summaryRows(record)[0];
    expect(latency?.cells[4]).to.deep.include({ tone: 'worse' });
    expect(latency?.cells[4]?.change).to.match(/slower$/);
    const { comparison } = record;
    if (!comparison) throw new Error('the fixture compares');
    const against = comparison.against.map((each) => ({ ...each, verdict: 'no difference' as const }));
    const same = summaryRows({ ...record, comparison: { ...comparison, against } })[0];
    expect(same?.cells[1]).to.deep.include({ change: 'no difference', tone: 'same' });
  });
});
