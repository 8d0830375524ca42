import * as path from 'node:path';
import { expect } from 'chai';
import { repoRoot, runChild, type ChildOptions, type ChildResult } from '@tfjs-optimize/testing';

const BIN = path.join(repoRoot(), 'packages/cli/src/bin.ts');

/** How the command is started: from its sources, as the tests of this repository are. */
export const NODE_OPTIONS = [
  '--conditions=@tfjs-optimize/source',
  '--disable-warning=DEP0180',
  '--require',
  path.join(repoRoot(), 'node_modules/ts-node/register'),
];

/** Runs `tfjs-optimize` in a process of its own, with no colours and no terminal unless `env` says so. */
export function command(args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(BIN, args, {
    nodeOptions: NODE_OPTIONS,
    ...options,
    env: { TS_NODE_PROJECT: path.join(repoRoot(), 'tsconfig.base.json'), FORCE_COLOR: '0', ...options.env },
  });
}

/** The path of the program's entry, for tests that start it themselves. */
export { BIN };

/** The one JSON document on stdout; fails when there is anything else. */
export function documentOf(result: ChildResult): Record<string, unknown> {
  const document: unknown = JSON.parse(result.stdout);
  expect(document).to.be.an('object');
  return document as Record<string, unknown>;
}

/** Fails unless the command ended with this status and one coded error, and printed no result. */
export function expectFailure(result: ChildResult, status: number, code: string): void {
  expect(result.stderr).to.match(new RegExp(`^error ${code}  \\S`, 'm'));
  expect(result.stderr.match(/^error /gm), 'one message').to.have.length(1);
  expect(result.stderr, 'no stack for a mistake of the user').not.to.match(/^\s+at /m);
  expect(result.stdout).to.equal('');
  expect(result.code).to.equal(status);
}
