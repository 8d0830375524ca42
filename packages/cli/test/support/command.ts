import { expect } from 'chai';
import { coverageOptions, runChild, type ChildOptions, type ChildResult } from '@tfjs-optimize/testing';
import { main } from '../../src/main.js';
import { installedBin } from './installed.js';

/** Runs `tfjs-optimize` in a process of its own, without a terminal, and without colours unless `env` says so. */
export function command(args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(installedBin(), args, {
    nodeOptions: coverageOptions(),
    ...options,
    env: { FORCE_COLOR: '0', ...options.env },
  });
}

/** What a command printed and the status that it ends with. */
export type Ended = Pick<ChildResult, 'code' | 'stdout' | 'stderr'>;

/**
 * Runs `tfjs-optimize` in this process, which saves the start of another: the program with streams of its own. For
 * all that is not about processes, such as their pipes, signals and what libraries print as they start.
 */
export async function call(args: readonly string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof printed) => ({ write: (text: string) => (printed[name] += text) });
  const code = await main(args, {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: { FORCE_COLOR: '0' },
  });
  return { code, ...printed };
}

/** The one JSON document on stdout; fails when there is anything else. */
export function documentOf(result: Ended): Record<string, unknown> {
  const document: unknown = JSON.parse(result.stdout);
  expect(document).to.be.an('object');
  return document as Record<string, unknown>;
}

/** Fails unless the command ended with this status and one coded error, and printed no result. */
export function expectFailure(result: Ended, status: number, code: string): void {
  expect(result.stderr).to.match(new RegExp(`^error ${code}  \\S`, 'm'));
  expect(result.stderr.match(/^error /gm), 'one message').to.have.length(1);
  expect(result.stderr, 'no stack for a mistake of the user').not.to.match(/^\s+at /m);
  expect(result.stdout).to.equal('');
  expect(result.code).to.equal(status);
}
