import { wavFolder } from '@tfjs-optimize/data';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';

describe('folders of classes', () => {
  const write = (folder: string, ...names: readonly string[]): void => {
    for (const name of names) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), '');
    }
  };
  const found = async (folder: string): Promise<readonly (readonly [string, number])[]> => {
    const { paths, labels } = (await wavFolder(folder)).source?.() as unknown as {
      readonly paths: readonly string[];
      readonly labels: Int32Array;
    };
    return paths.map((each, at) => [path.relative(folder, each), labels[at] as number]);
  };

  it('are looked through to their depths, and links are followed', () =>
    withTempFolder(async (folder) => {
      write(
        folder,
        'all/b/2.wav',
        'all/b/1/3.wav',
        'all/b/1/4/5.wav',
        'all/b/.no/6.wav',
        'else/7.wav',
        'else/8.txt',
      );
      fs.symlinkSync(path.join(folder, 'else'), path.join(folder, 'all', 'a'));
      fs.symlinkSync(path.join(folder, 'else', '7.wav'), path.join(folder, 'all', 'b', '0.wav'));
      expect(await found(path.join(folder, 'all'))).to.deep.equal([
        ['a/7.wav', 0],
        ['b/0.wav', 1],
        ['b/2.wav', 1],
        ['b/1/3.wav', 1],
        ['b/1/4/5.wav', 1],
      ]);
    }));

  it('are refused where links lead to nothing or in circles', () =>
    withTempFolder(async (folder) => {
      write(folder, 'a/1.wav');
      fs.symlinkSync(path.join(folder, 'none'), path.join(folder, 'b'));
      const lost = await expectCode('io/not-found', () => wavFolder(folder));
      expect(lost.message).to.match(/b: expected a link to a file or folder/);
      fs.rmSync(path.join(folder, 'b'));
      fs.symlinkSync('.', path.join(folder, 'a', 'again'));
      const circle = await expectCode('data/folder', () => wavFolder(folder));
      expect(circle.message).to.match(/again: expected a folder that is not in itself/);
    }));
});
