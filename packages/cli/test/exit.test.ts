import { expect } from 'chai';
import { ERROR_CODES, type ErrorCode } from '@tfjs-optimize/core';
import { EXIT, exitTable, statusOf } from '../src/exit.js';

describe('exit statuses', () => {
  it('has a documented, non-zero status for every error code', () => {
    const documented: readonly number[] = Object.values(EXIT).filter((status) => status !== EXIT.ok);
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      expect(documented, code).to.include(statusOf(code));
    }
  });

  it('tells reading from writing', () => {
    expect(statusOf('io/shard')).to.equal(EXIT.input);
    expect(statusOf('io/exists')).to.equal(EXIT.output);
  });

  it('lists each status once', () => {
    expect(exitTable().split('\n')).to.have.length(1 + Object.keys(EXIT).length);
  });
});
