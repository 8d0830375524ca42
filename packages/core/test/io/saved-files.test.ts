import { saveModel, savedBytes, savedFiles } from '@tfjs-optimize/core';
import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { smallModel } from './small-model.js';

describe('savedFiles', () => {
  for (const shardBytes of [7, 1000]) {
    it(`are the files that saveModel writes, weight files of at most ${shardBytes} bytes`, () =>
      withTempFolder(async (folder) => {
        const model = smallModel();
        const target = path.join(folder, 'model');
        const written = await saveModel(model, target, { shardBytes });
        const files = savedFiles(model, shardBytes);
        expect(files.map((file) => ({ path: file.path, bytes: file.bytes }))).to.deep.equal(written.files);
        for (const file of files) {
          expect(Buffer.concat(file.pieces).equals(fs.readFileSync(path.join(target, file.path)))).to.equal(
            true,
          );
        }
        expect(files.reduce((sum, file) => sum + file.bytes, 0)).to.equal(savedBytes(model, shardBytes));
      }));
  }
});
