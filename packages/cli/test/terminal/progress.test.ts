import { expect } from 'chai';
import { progressView, shorten } from '../../src/terminal/progress.js';

function recorder(isTTY: boolean) {
  let text = '';
  const sink = {
    isTTY,
    columns: 80,
    write: (part: string) => {
      text += part;
      return true;
    },
    // What cli-progress asks of a terminal.
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  };
  return { sink, text: () => text };
}

describe('progressView', () => {
  it('writes one plain line a task where there is no terminal', () => {
    const { sink, text } = recorder(false);
    const view = progressView({ stdout: sink, stderr: sink, env: {} });
    view.update({ task: 'reading', done: 0, total: 2 });
    view.update({ task: 'reading', done: 1, total: 2 });
    view.update({ task: 'saving' });
    view.clear();
    expect(text()).to.equal('reading\nsaving\n');
  });

  it('draws a bar on a terminal and takes it away', () => {
    const { sink, text } = recorder(true);
    const view = progressView({ stdout: sink, stderr: sink, env: { NO_COLOR: '1' } });
    view.update({ task: 'reading', message: 'weights', done: 1, total: 2 });
    expect(text()).to.include('reading: weights  ██████████░░░░░░░░░░ 1/2');
    view.clear();
    expect(text(), 'the cursor is shown again').to.include('\x1b[?25h');
  });
});

describe('shorten', () => {
  it('keeps both ends', () => {
    expect(shorten('abcdefghij', 10)).to.equal('abcdefghij');
    expect(shorten('abcdefghijk', 7)).to.equal('abc…ijk');
  });
});
