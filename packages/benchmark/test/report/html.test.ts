import { expect } from 'chai';
import { reportHtml } from '../../src/report/index.js';
import { escapeHtml, html, scriptJson } from '../../src/report/html/html.js';
import type { ReportRecord } from '../../src/record/report.js';
import type { SensitivityCurvesRecord, SensitivityRecord } from '../../src/record/sensitivity.js';
import { bareReport, manyReport, pairReport, singleReport } from './fixture.js';

/** Ids of the sections of a page, in order. */
const sectionsOf = (page: string): string[] =>
  [...page.matchAll(/<h2 id="([^"]+)"/g)].map(([, id]) => id as string);

/** A page without the parts that are scripts or styles. */
const visible = (page: string): string =>
  page.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<style[\s\S]*?<\/style>/g, '');

/** The record with every text in it replaced, apart from those that the schema fixes. */
function renamed(record: ReportRecord, name: (text: string) => string): ReportRecord {
  const fixed = new Set(['kind', 'verdict', 'outcome', 'level', 'bound', 'made', 'files']);
  const change = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return fixed.has(key) ? value : name(value);
    if (Array.isArray(value)) return value.map((item) => change(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([own, item]) => [own, change(item, own)]));
  };
  const { notes = [], kind, ...rest } = record;
  const changed = change(rest, '') as ReportRecord;
  return { ...changed, kind, notes: notes.map((note) => ({ ...note, message: name(note.message) })) };
}

describe('the HTML report', () => {
  it('holds a section for everything that the record holds', async () => {
    expect(sectionsOf(await reportHtml(pairReport()))).to.deep.equal([
      'summary',
      'latency',
      'trade-off',
      'size',
      'layers',
      'profile',
      'roofline',
      'batches',
      'quality',
      'training',
      'sensitivity',
      'sensitivity-curves',
      'memory',
      'backends',
      'sparsity',
      'histograms',
      'recipe',
      'notes',
      'machine',
    ]);
  });

  it('has no section for what the record does not hold', async () => {
    expect(sectionsOf(await reportHtml(bareReport()))).to.deep.equal([
      'summary',
      'size',
      'layers',
      'machine',
    ]);
    const single = sectionsOf(await reportHtml(singleReport()));
    expect(single).to.include('latency').and.not.include.members(['trade-off', 'recipe', 'backends']);
  });

  it('says in a headline what was found', async () => {
    const headline = async (record: ReportRecord): Promise<string | undefined> =>
      /<p class="headline">([^<]*)/.exec(await reportHtml(record))?.[1];
    expect(await headline(pairReport())).to.equal('2.28× faster and 75\u00a0% smaller.');
    expect(await headline(singleReport())).to.equal(
      '41.7\u00a0ms a call, 14.2\u00a0MB on disk and accuracy 93.12\u00a0%.',
    );
    expect(await headline(manyReport())).to.match(
      /^mobilenet_v2_0.35 is the fastest and the smallest; mobilenet_v2_1.4 the best by accuracy\.$/,
    );
  });

  it('holds the same page for the same record', async () => {
    expect(await reportHtml(pairReport())).to.equal(await reportHtml(pairReport()));
  });

  it('asks the network for nothing and runs only its own script', async () => {
    const page = await reportHtml(pairReport());
    expect(visible(page).replaceAll('http://www.w3.org/2000/svg', '')).not.to.match(
      /https?:|url\(|@import|<link|<img|<iframe/,
    );
    expect(page).to.match(/default-src &#39;none&#39;|default-src 'none'/);
    expect(page).not.to.match(/\son\w+=/);
  });

  it('gives every picture a name and its numbers', async () => {
    const page = await reportHtml(pairReport());
    const pictures = [...page.matchAll(/role="img" aria-label="([^"]*)"/g)].map(([, name]) => name as string);
    expect(pictures.length).to.be.greaterThan(15);
    for (const name of pictures) expect(name.length, name).to.be.greaterThan(20);
    expect(page.match(/<svg /g)?.length).to.be.greaterThan(pictures.length);
    expect(page.match(/<details class="numbers">/g)?.length).to.equal(pictures.length);
    expect(visible(page)).not.to.match(/undefined|NaN|\[object|Infinity/);
  });

  it('takes names for text, whatever they look like', async () => {
    const evil = (text: string): string => `</script><img src=x onerror=alert(1)>"'&{a}{b|x}<!--${text}`;
    const page = await reportHtml(renamed(pairReport(), evil));
    expect(visible(page)).not.to.contain('<img');
    expect(page.match(/<script/g)).to.have.length(2);
    expect(page.match(/<\/script>/g)).to.have.length(2);
    expect(page).not.to.contain('<!--<');
    expect(visible(page)).to.contain('&lt;/script&gt;');
  });

  it('keeps the record inside, to be read again', async () => {
    const record = renamed(pairReport(), (text) => `</script>${text}\u2028<!--`);
    const data = /<script type="application\/json" id="record">([\s\S]*?)<\/script>/.exec(
      await reportHtml(record),
    );
    expect(JSON.parse(data?.[1] ?? '')).to.deep.equal(record);
  });

  it('draws what is odd but allowed: no samples apart, no bytes, no time, one bin, a ragged matrix', async () => {
    const { models, ...rest } = pairReport();
    const odd = models.map((model) => {
      const { cost, measurement, profile, quality, batches } = model;
      if (!measurement || !profile || !quality || !batches) throw new Error('the fixture holds everything');
      return {
        ...model,
        cost: { ...cost, fileBytes: 0, weightBytes: { ...cost.weightBytes, stored: 0 }, layers: [] },
        measurement: {
          ...measurement,
          samples: [5],
          latency: { ...measurement.latency, min: 5, max: 5, p50: 5, p99: 5 },
        },
        profile: { ...profile, sumMs: 0, wholeMs: 0, nodes: [], ops: [] },
        quality: { ...quality, examples: 0, confusion: { labels: ['a', 'b'], counts: [[1]] } },
        batches: { ...batches, batches: [] },
        training: [{ epoch: 0, numbers: {}, steps: 0 }],
        sensitivity: {
          layers: [{ layer: 'l', nodes: [], op: 'MatMul', sqnr: null }],
          examples: 0,
          bits: 2,
        },
        sensitivityCurves: [
          {
            kind: 'weights' as const,
            layers: [{ layer: 'l', op: '', size: 0, points: [{ ratio: 1, pruned: 0, drop: null }] }],
          },
          {
            kind: 'channels' as const,
            layers: [
              {
                layer: 'l',
                op: '',
                size: 0,
                points: [
                  { ratio: 0, pruned: 0, snr: -999 },
                  { ratio: 1, pruned: 1 },
                ],
              },
            ],
          },
        ],
        limits: [{ name: 'x', ms: 0, limitMs: 0, reached: 0, bound: 'memory' as const }],
        histograms: [
          { name: 'h', layer: 'l', shape: [], low: 1, high: 1, counts: [3], zeros: 0, notFinite: 1 },
        ],
        sparsity: [{ name: 's', layer: 'l', shape: [2], rows: 2, columns: 2, zeros: [0, 1] }],
      };
    });
    const page = await reportHtml({ ...rest, models: odd });
    expect(visible(page)).not.to.match(/undefined|NaN|Infinity/);
  });

  it('ranks layers by what quantizing them does, with drops where scores were asked for', async () => {
    const { models, ...rest } = bareReport();
    const layers = [
      { layer: 'worst', nodes: ['a'], op: 'Conv2D', sqnr: -1.25, cosine: 0.5, drop: 0.125 },
      { layer: 'better', nodes: ['b'], op: 'MatMul', sqnr: 21, cosine: 0.99, drop: -0.0025 },
      { layer: 'same', nodes: ['c'], op: 'MatMul', sqnr: null, cosine: 1, drop: 0 },
    ];
    const [model] = models as [(typeof models)[number]];
    const pageOf = (found: SensitivityRecord): Promise<string> =>
      reportHtml({ ...rest, models: [{ ...model, sensitivity: found }] });
    const page = await pageOf({ layers, examples: 1200, bits: 4, score: 0.75 });
    expect(page).to.contain(
      'Each layer was held in 4 bits alone, on 1,200 examples; drops are of a score of 0.75.',
    );
    expect(page).to.contain(
      'worst: −1.3\u00a0dB, drop 0.125. better: 21.0\u00a0dB, rise 0.0025. same: no noise, no drop.',
    );
    expect(page)
      .to.match(/<td[^>]*>−0\.0025</)
      .and.to.match(/<td[^>]*>0\.50000</);
    const unscored = layers.map(({ drop: _, ...layer }) => layer);
    expect(await pageOf({ layers: unscored, examples: 8, bits: 8 }))
      .to.contain('on 8 examples. ')
      .and.to.contain('better: 21.0\u00a0dB. same: no noise.')
      .and.not.to.match(/>\s*Drop\s*</);
  });

  it('draws what pruning layers does by ratio, a curve for each layer', async () => {
    const { models, ...rest } = bareReport();
    const [model] = models as [(typeof models)[number]];
    const pageOf = (curves: SensitivityCurvesRecord): Promise<string> =>
      reportHtml({ ...rest, models: [{ ...model, sensitivityCurves: [curves] }] });
    const layers = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((layer, i) => ({
      ...{ layer, op: 'MatMul', size: 1200 },
      points: [
        { ratio: 0.5, pruned: 0.5, drop: (6 - i) / 8, snr: 20 - i },
        { ratio: 0.9375, pruned: 0.9375, drop: i === 0 ? null : -0.125, snr: null },
      ],
    }));
    const page = await pageOf({ kind: 'weights', layers, score: 0.75 });
    expect(page).to.contain('Of a score of 0.75. The 6 worst of 7 layers have colours.');
    expect(page).to.contain(
      'by share of weights pruned, worst first. a: not a number at 94\u00a0%. b: −0.125 at',
    );
    const cells = [...page.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, cell]) => cell?.trim());
    expect(cells).to.include.members(['1,200', '0.75', 'not a number', '−0.125']);
    for (const label of ['50\u00a0%', '93.75\u00a0%']) expect(page).to.contain(label);
    const curves = (text: string): number =>
      text.match(/stroke="var\(--series-\d\)"[^>]*fill="none"|fill="none"[^>]*stroke="var\(--series-\d\)"/g)
        ?.length ?? 0;
    // One drawing for each of three widths; the curve of the seventh layer is grey.
    expect(curves(page)).to.equal(3 * 6);
    const noise = layers.map(({ points, ...each }) => ({
      ...each,
      points: points.map(({ ratio, pruned, snr }) => ({ ratio, pruned, snr })),
    }));
    expect(await pageOf({ kind: 'channels', layers: noise, examples: 64 }))
      .to.contain('Signal to noise of the outputs, by share of channels')
      .and.to.contain('On 64 examples; where a curve is missing there is no noise.')
      .and.to.contain('>20.0\u00a0dB<')
      .and.to.contain('>no noise<');
  });
});

describe('html templates', () => {
  it('escape all values and keep HTML of their own', () => {
    const inner = html`<b>${'<x>'}</b>`;
    expect(html`<p title="${'"'}">${inner}${['&', 1]}${undefined}${false}</p>`.text).to.equal(
      '<p title="&quot;"><b>&lt;x&gt;</b>&amp;1</p>',
    );
    expect(escapeHtml(`<>&"'`)).to.equal('&lt;&gt;&amp;&quot;&#39;');
  });

  it('write JSON that ends no script', () => {
    const text = scriptJson({ a: '</script><!--\u2028\u2029' }).text;
    expect(text).not.to.match(/[<\u2028\u2029]/);
    expect(JSON.parse(text)).to.deep.equal({ a: '</script><!--\u2028\u2029' });
  });
});
