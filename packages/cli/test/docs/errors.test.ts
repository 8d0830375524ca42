import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { expect } from 'chai';
import { repoRoot } from '@tfjs-optimize/testing';
import { errorsPage } from '../../../../scripts/lib/errors-doc.js';

describe('docs/errors.md', () => {
  it('is what npm run docs:errors makes of the error codes', async () => {
    const file = path.join(repoRoot(), 'docs/errors.md');
    expect(await readFile(file, 'utf8')).to.equal(await errorsPage(file));
  });
});
