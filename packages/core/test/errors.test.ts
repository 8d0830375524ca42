import { ERROR_CODES, OptimizeError } from '@tfjs-optimize/core';
import { expect } from 'chai';

const messageOf = (got: string, advice?: string): string =>
  new OptimizeError('argument/invalid', {
    subject: 'x',
    expected: 'a number',
    got,
    ...(advice === undefined ? {} : { advice }),
  }).message;

describe('OptimizeError', () => {
  it('says what was expected, what came, and what to do', () => {
    expect(messageOf("'a'", 'Give a number')).to.equal("x: expected a number, got 'a'. Give a number.");
    expect(messageOf('none')).to.equal('x: expected a number, got none.');
  });

  for (const [what, got, advice, message] of [
    ['a question', "'a'", 'Did you mean 1?', "got 'a'. Did you mean 1?"],
    ['a full stop', "'a'", 'Try 1.', "got 'a'. Try 1."],
    ['a call', "'a'", 'Try 1!', "got 'a'. Try 1!"],
    ['the words of another error', 'Shapes differ: 1,2.', 'Try 1', 'got Shapes differ: 1,2. Try 1.'],
  ] as const) {
    it(`adds no full stop to ${what}`, () => {
      expect(messageOf(got, advice)).to.equal(`x: expected a number, ${message}`);
    });
  }

  it('carries a code with a meaning, and marks bugs of its own', () => {
    const problem = { subject: 'x', expected: 'a', got: 'b' };
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
      const error = new OptimizeError(code, problem);
      expect(error.code).to.equal(code);
      expect(error.message.startsWith('internal: ')).to.equal(code === 'internal');
    }
  });
});
