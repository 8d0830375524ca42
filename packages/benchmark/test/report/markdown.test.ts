import { expect } from 'chai';
import { reportMarkdown } from '../../src/report/index.js';
import { bareReport, manyReport, pairReport, singleReport } from './fixture.js';

describe('the Markdown report', () => {
  it('has tables whose rows have as many cells as their headings', () => {
    for (const record of [pairReport(), singleReport(), manyReport(), bareReport()]) {
      const blocks = reportMarkdown(record)
        .split('\n\n')
        .filter((block) => block.startsWith('|'));
      expect(blocks).not.to.be.empty;
      for (const block of blocks) {
        const widths = block.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
        expect(new Set(widths), block).to.have.length(1);
      }
    }
  });

  it('says the headline, the change and the recipe', () => {
    const text = reportMarkdown(pairReport());
    expect(text).to.contain('**2.28× faster and 75\u00a0% smaller.**');
    expect(text).to.contain('| Latency, median | 41.7\u00a0ms | 18.4\u00a0ms | 2.28× faster');
    expect(text).to.contain('## Recipe').and.contain('"name": "prune/magnitude"');
    expect(text).to.contain('And 5 more.');
  });

  it('ranks layers by what quantizing them does', () => {
    const { models, ...rest } = bareReport();
    const [model] = models as [(typeof models)[number]];
    const layers = Array.from({ length: 22 }, (_, i) => ({
      layer: `l${i}`,
      nodes: [],
      op: 'MatMul',
      sqnr: i === 1 ? null : 12.34,
      ...(i === 0 && { cosine: 0.5, drop: -0.01 }),
    }));
    const sensitivity = { layers, examples: 32, bits: 8 };
    const text = reportMarkdown({ ...rest, models: [{ ...model, sensitivity }] });
    expect(text).to.contain('The 20 worst of 22:').and.to.contain('on 32 examples');
    expect(text).to.contain(
      '| l0 | MatMul | 12.3\u00a0dB | 0.50000 | −0.01 |\n| l1 | MatMul | no noise |  |  |',
    );
    expect(text).to.contain('| l19 |').and.not.to.contain('| l20 |');
  });

  it('tells what pruning layers does by ratio', () => {
    const { models, ...rest } = bareReport();
    const [model] = models as [(typeof models)[number]];
    const points = [
      { ratio: 0.5, pruned: 0.5, drop: 0.125, snr: 20 },
      { ratio: 0.9, pruned: 0.9, drop: null, snr: null },
    ];
    const noise = points.map(({ ratio, pruned, snr }) => ({ ratio, pruned, snr }));
    const layer = { layer: 'a', op: 'MatMul', size: 8 };
    const text = reportMarkdown({
      ...rest,
      models: [
        {
          ...model,
          sensitivityCurves: [
            { kind: 'weights', layers: [{ ...layer, points }], score: 0.75 },
            { kind: 'channels', layers: [{ ...layer, points: noise }], examples: 64 },
          ],
        },
      ],
    });
    expect(text).to.contain('to pruning weights\n\nHow far the score of 0.75 falls');
    expect(text)
      .to.contain('| layer | op | 50 % | 90 % |')
      .and.contain('| a | MatMul | 0.125 | not a number |');
    expect(text).to.contain('Signal to noise of the outputs on 64 examples');
    expect(text).to.contain('| a | MatMul | 20.0\u00a0dB | no noise |');
  });

  it('takes names for text', () => {
    const { models, ...rest } = bareReport();
    const [model] = models;
    if (model === undefined) throw new Error('the fixture has a model');
    const name = '# <img onerror=x> | `code` [a](b)\n\n| row |';
    const text = reportMarkdown({ ...rest, title: name, models: [{ ...model, name }] });
    expect(text)
      .not.to.contain('<img')
      .and.not.to.match(/[^\\]`code/);
    expect(text.split('\n')[0]).to.equal('# # &lt;img onerror=x&gt; \\| \\`code\\` \\[a\\](b) \\| row \\|');
    expect(text).not.to.match(/^\| row/m);
  });
});
