import { csv, files, fromModule, idx, imageFolder, jsonLines, wavFolder } from '@tfjs-optimize/data';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MODULE } from '../support/samples.js';

describe('paths', () => {
  it('may be URLs of files, as text and as objects', () =>
    withTempFolder(async (folder) => {
      const at = (name: string): string => path.join(folder, name);
      fs.writeFileSync(at('a b.csv'), 'x1\n1\n');
      fs.writeFileSync(at('a.jsonl'), '{"x":1}\n');
      fs.mkdirSync(at('class'));
      fs.writeFileSync(at('class/a.wav'), '');
      for (const form of [(url: URL) => url, (url: URL) => url.href]) {
        const of = (name: string): string | URL => form(pathToFileURL(at(name)));
        expect((await csv(of('a b.csv'))).length).to.equal(1);
        expect((await jsonLines(of('a.jsonl'))).length).to.equal(1);
        expect((await files([of('a.jsonl')]).get(0))['bytes']).to.have.length(8);
        expect((await wavFolder(of(''))).classes).to.deep.equal(['class']);
        const module = form(pathToFileURL(MODULE));
        expect((await fromModule({ module, export: 'make' })).length).to.equal(4);
      }
    }));

  it('are refused where they are none, or lead to a folder', async () => {
    for (const read of [csv, jsonLines, idx, imageFolder, wavFolder] as readonly ((
      path: never,
    ) => unknown)[]) {
      for (const wrong of [undefined, 5, '']) {
        const error = await expectCode('argument/invalid', () => read(wrong as never));
        expect(error.message).to.match(/expected a path or URL, got/);
      }
    }
    expect((await expectCode('argument/invalid', () => files(['a', 5 as never]))).message).to.match(
      /^paths\[1\]/,
    );
    for (const read of [() => csv(__dirname), () => files([__dirname]).get(0)]) {
      const error = await expectCode('io/not-found', read);
      expect(error.message).to.match(/got a folder where a file should be \(EISDIR\)\. Check the path/);
    }
  });
});
