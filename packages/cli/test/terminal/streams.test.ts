import { expect } from 'chai';
import { wantsColour } from '../../src/terminal/streams.js';

const terminal = { write: () => true, isTTY: true };
const pipe = { write: () => true };

describe('wantsColour', () => {
  for (const [what, sink, env, expected] of [
    ['a terminal', terminal, {}, true],
    ['a pipe', pipe, {}, false],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR and FORCE_COLOR together', pipe, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ] as const) {
    it(`is ${expected} for ${what}`, () => expect(wantsColour(sink, env)).to.equal(expected));
  }
});
