import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { expect } from 'chai';
import { repoRoot } from '@tfjs-optimize/testing';

const core = path.join(repoRoot(), 'packages/core/src');

/** Folders and files in the first column of the table of what is inside core. */
async function listed(): Promise<string[]> {
  const text = await readFile(path.join(repoRoot(), 'docs/architecture.md'), 'utf8');
  const section = text.split('## Inside core')[1]?.split('### ')[0] ?? '';
  return [...section.matchAll(/^\| *(`[^|]*`) *\|/gm)].flatMap((row) =>
    [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((code) => code[1] ?? ''),
  );
}

describe('docs/architecture.md', () => {
  it('lists files and folders of core that there are', async () => {
    const names = await listed();
    expect(names).to.have.length.above(10);
    expect(names.filter((name) => !existsSync(path.join(core, name)))).to.deep.equal([]);
  });

  it('lists every folder of core', async () => {
    const entries = await readdir(core, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`);
    expect(await listed()).to.include.members(folders);
  });
});
