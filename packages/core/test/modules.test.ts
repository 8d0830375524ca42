import { fileBeside, importFunction, importModule, moduleUrl } from '@tfjs-optimize/core';
import { expectCode, runChild, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

describe('modules', () => {
  it('finds a file beside the one that asks, with its ending', async () => {
    expect(await fileBeside('other')).to.equal(path.join(__dirname, `other${path.extname(__filename)}`));
  });

  it('imports functions of CommonJS, of ES modules and of TypeScript', async () => {
    const folder = tempFolder();
    for (const [name, text] of [
      ['a.cjs', 'module.exports = { named: () => 1, default: () => 2 };'],
      ['b.mjs', 'export const named = () => 1; export default () => 2;'],
      ['c.ts', 'export const named = (): number => 1; export default (): number => 2;'],
    ] as const) {
      const file = path.join(folder, name);
      fs.writeFileSync(file, text);
      for (const place of [file, pathToFileURL(file).href]) {
        expect((await importFunction(place, 'named'))()).to.equal(1);
        expect((await importFunction(place))()).to.equal(2);
      }
      await expectCode('argument/invalid', () => importFunction(file, 'other'));
    }
  });

  it('refuses what is not there, and tells what a module throws', async () => {
    await expectCode('argument/invalid', () => importModule('./no-such-file.js'));
    await expectCode('argument/invalid', () => moduleUrl('no-such-package-of-ours'));
    const file = path.join(tempFolder(), 'throws.cjs');
    fs.writeFileSync(file, "throw new Error('on purpose');");
    expect((await expectCode('argument/invalid', () => importModule(file))).message).to.match(/on purpose/);
  });

  it('says what runs TypeScript where nothing does', async function () {
    if ((process.features as { typescript?: unknown }).typescript) this.skip(); // Node.js 22.18 does
    const file = path.join(tempFolder(), 'typed.ts');
    fs.writeFileSync(file, 'export default (a: number): number => a;');
    const { extensions } = require as unknown as { readonly extensions: Record<string, unknown> };
    const hook = extensions['.ts'];
    delete extensions['.ts'];
    try {
      const { message } = await expectCode('argument/invalid', () => importModule(file));
      expect(message).to.match(
        /got TypeScript, which Node\.js v20\.\S+ does not run by itself\. Use Node\.js 22\.18/,
      );
    } finally {
      extensions['.ts'] = hook;
    }
  });
});

describe('@tfjs-optimize/core/plain', () => {
  it('loads without TensorFlow.js', async () => {
    const nodeOptions = ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'];
    const script = path.join(__dirname, 'plain-child.ts');
    const { stdout, stderr } = await runChild(script, [], { nodeOptions });
    expect(stderr).to.equal('');
    expect(stdout).to.equal('fail is a function, 0 files of TensorFlow.js\n');
  });
});
