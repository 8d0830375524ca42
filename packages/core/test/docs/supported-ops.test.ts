import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { expect } from 'chai';
import { isKnownOp } from '@tfjs-optimize/core';
import { repoRoot } from '@tfjs-optimize/testing';
import { supportedOpsPage } from '../../../../scripts/lib/supported-ops.js';
import { NOT_SUPPORTED } from '../../../../scripts/lib/unsupported-ops.js';

describe('docs/supported-ops.md', () => {
  it('is what npm run docs:ops makes of the op table', async () => {
    const file = path.join(repoRoot(), 'docs/supported-ops.md');
    expect(await readFile(file, 'utf8')).to.equal(await supportedOpsPage(file));
  });

  it('calls no op unsupported that the table has', () => {
    const names = Object.values(NOT_SUPPORTED).flat();
    expect(names.filter(isKnownOp)).to.deep.equal([]);
    expect(new Set(names).size).to.equal(names.length);
  });
});
