import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { expect } from 'chai';
import * as core from '@tfjs-optimize/core';
import { repoRoot } from '@tfjs-optimize/testing';
import ts from 'typescript';

const PACKAGES = ['core', 'fusion', 'benchmark', 'cli'];

/** Names in the export list of a package, types included. */
async function exportedNames(name: string): Promise<Set<string>> {
  const file = path.join(repoRoot(), 'packages', name, 'src/index.ts');
  const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.ES2022);
  const names = source.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map((element) => element.name.text)
      : [],
  );
  return new Set(names);
}

/** What the list under "API" is about: code before the colon of each line, `saveModel(model)` as `saveModel`. */
async function listedNames(name: string): Promise<string[]> {
  const text = await readFile(path.join(repoRoot(), 'packages', name, 'README.md'), 'utf8');
  const section = /^## API\n([^]*?)(?=\n##|$(?![^]))/m.exec(text)?.[1] ?? '';
  const heads = [...section.matchAll(/^- ((?:`[^`]*`|[^`:])*):/gm)].map((line) => line[1] ?? '');
  return heads.flatMap((head) => [...head.matchAll(/`([\w.]+)[^`]*`/g)].map((code) => code[1] ?? ''));
}

describe('the API lists of the readmes', () => {
  for (const name of PACKAGES) {
    it(`${name} names only what is exported`, async () => {
      const exported = await exportedNames(name);
      const listed = await listedNames(name);
      expect(listed.length, 'names found').to.be.at.least(3);
      expect(listed.filter((each) => !exported.has(each.split('.')[0] ?? ''))).to.deep.equal([]);
    });
  }

  it('core names methods that there are', async () => {
    const members = (await listedNames('core')).filter((each) => each.includes('.'));
    expect(members).to.include('backend.use');
    for (const member of members) {
      const [owner = '', method = ''] = member.split('.');
      const value = (core as unknown as Record<string, Record<string, unknown>>)[owner];
      expect(value?.[method], member).to.be.a('function');
    }
  });
});
