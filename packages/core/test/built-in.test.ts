import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repoRoot } from '@tfjs-optimize/testing';
import { builtIn } from '../src/built-in.js';

function sources(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? sources(path.join(folder, entry.name)) : [path.join(folder, entry.name)],
    );
}

describe('builtIn', () => {
  it("imports Node's own modules", async () => {
    expect((await builtIn('path')).sep).to.equal(path.sep);
    expect((await builtIn('fs/promises')).readFile).to.be.a('function');
  });

  for (const name of ['core', 'fusion', 'benchmark']) {
    it(`is the only way in which ${name} does, so that browsers' bundlers see none of them`, () => {
      const files = sources(path.join(repoRoot(), 'packages', name, 'src'));
      expect(files.length).to.be.above(20);
      const direct = files.filter((file) =>
        /^import (?!type )[^;]*'node:|(?<!typeof )import\('node:/m.test(fs.readFileSync(file, 'utf8')),
      );
      expect(direct).to.deep.equal([]);
    });
  }
});
