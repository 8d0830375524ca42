import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { supportedLayersPage } from './supported-layers.js';

const PAGE = path.resolve(__dirname, '../../../../docs/supported-layers.md');

describe('trace: docs/supported-layers.md', () => {
  it('tells what the tests try', async () => {
    const prettier = await import('prettier');
    const page = await prettier.format(supportedLayersPage(), { parser: 'markdown' });
    if (process.env.UPDATE_DOCS === '1') fs.writeFileSync(PAGE, page);
    expect(fs.readFileSync(PAGE, 'utf8')).to.equal(page);
  });
});
