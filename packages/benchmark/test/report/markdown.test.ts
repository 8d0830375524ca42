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
