import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repoRoot } from '@tfjs-optimize/testing';

const packages = path.join(repoRoot(), 'packages');

/** The names in the export lists of a package. */
function exportsOf(short: string): string[] {
  const text = fs.readFileSync(path.join(packages, short, 'src/index.ts'), 'utf8');
  return [...text.matchAll(/export \{([^}]*)\}/g)]
    .flatMap(([, list = '']) => list.split(','))
    .map((each) => each.trim().split(' as ').at(-1) ?? '');
}

describe('docs/from-pytorch.md', () => {
  const text = fs.readFileSync(path.join(repoRoot(), 'docs/from-pytorch.md'), 'utf8');
  const shorts = fs.readdirSync(packages);
  // Inside code spans alone, and not as a part of a longer path such as `torch.ao.quantization.fuse_modules`.
  const named = [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) =>
    [...code.matchAll(/(?<![\w.])([a-z]+)\.([A-Za-z]\w*)/g)]
      .map(([, short = '', name = '']) => ({ short, name }))
      .filter(({ short }) => shorts.includes(short)),
  );

  it('names functions that the packages export', () => {
    expect(named.length).to.be.greaterThan(80);
    const lists = new Map(shorts.map((short) => [short, exportsOf(short)]));
    const wrong = named.filter(({ short, name }) => lists.get(short)?.includes(name) !== true);
    expect(wrong).to.deep.equal([]);
  });

  it('names no function of PyTorch twice in different tables', () => {
    const calls = [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, call = '']) => call);
    expect(calls).to.deep.equal([...new Set(calls)]);
  });
});
