import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { measureMemory } from './measure-memory.js';

/** Bytes of weights; `npm run bench -- core/io-1gb-spanning-peak` does the same with 1 GiB. */
const BYTES = Number(process.env['TFJS_OPTIMIZE_BIG_MODEL'] ?? 256 * 1024 * 1024);

describe('a large model', function () {
  this.timeout(300_000);

  it('whose every weight spans shards is read, changed and saved in less than 2.5 times its weights', () =>
    withTempFolder(async (folder) => {
      const { weights, peak, bytes } = await measureMemory(folder, BYTES);
      expect(bytes).to.be.greaterThan(weights);
      // All of the process, Node and TensorFlow.js included.
      expect(peak / weights, 'peak of the process over weights').to.be.lessThan(2.5);
    }));
});
