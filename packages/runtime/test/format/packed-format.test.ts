import { loadModel, saveModel, Weight } from '@tfjs-optimize/core';
import { repoRoot, withTempFolder } from '@tfjs-optimize/testing';
import { channelRun, Crc32, scaleShape } from '@tfjs-optimize/runtime/format';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { everyCoding, VALUES } from '../handler/models.js';
import { readPacked } from './independent-reader.js';

describe('the packed format', () => {
  it('is read by a reader that was written from its description alone', () =>
    withTempFolder(async (temp) => {
      const depthwise = Int8Array.from({ length: 36 }, (_, i) => ((i * 37) % 255) - 127);
      const scales = Float32Array.from({ length: 6 }, (_, i) => (i + 1) / 7);
      const model = everyCoding();
      const kernel = Weight.channels(depthwise, [2, 3, 3, 2], 2, scales);
      const changed = model.with({ weights: model.weights.with(new Map([['kernel', kernel]])) });
      for (const [name, each] of Object.entries({ model, changed })) {
        const folder = path.join(temp, name);
        await saveModel(each, folder, { shardBytes: 7 });
        const read = readPacked(folder);
        expect([...read.keys()]).to.have.members([...each.weights.names()]);
        for (const [weight, values] of read) {
          expect(values, weight).to.deep.equal([...each.weights.need(weight).numbers()]);
        }
      }
      expect(readPacked(path.join(temp, 'model')).get('kernel')).to.deep.equal([
        ...(VALUES['kernel'] as Float32Array),
      ]);
    }));

  it('is that of the example in its description', () =>
    withTempFolder(async (temp) => {
      const text = fs.readFileSync(path.join(repoRoot(), 'docs/packed-format.md'), 'utf8');
      const example = /```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
      const [scales = '', values = ''] = [
        ...(/bytes `([0-9a-f ]+)`[^`]*`([0-9a-f ]+)`/.exec(text) ?? []),
      ].slice(1);
      const bytes = Buffer.from((scales + values).replaceAll(' ', ''), 'hex');
      expect(bytes.length).to.equal(18);
      fs.writeFileSync(path.join(temp, 'model.json'), example);
      fs.writeFileSync(path.join(temp, 'group1-shard1of1.bin'), bytes);
      const expected = [-63.5, 0, 254, 0.5, -1, 4];
      expect(readPacked(temp).get('kernel')).to.deep.equal(expected);
      const kernel = (await loadModel(temp)).weights.need('kernel');
      expect([...kernel.numbers()]).to.deep.equal(expected);
      expect(kernel.shape).to.deep.equal([2, 3]);
    }));

  it('has the checksum of gzip and PNG, in pieces of any size', () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(new Crc32().update(bytes).hex).to.equal('cbf43926');
    expect(new Crc32().update(bytes.subarray(0, 4)).update(bytes.subarray(4)).hex).to.equal('cbf43926');
    expect(new Crc32().hex).to.equal('00000000');
  });

  it('counts channels along neighbouring axes', () => {
    expect(scaleShape([3, 3, 8, 1], 2, 8)).to.deep.equal([1, 1, 8, 1]);
    expect(scaleShape([3, 3, 8, 2], 2, 16)).to.deep.equal([1, 1, 8, 2]);
    expect(scaleShape([5, 4], 0, 5)).to.deep.equal([5, 1]);
    expect(scaleShape([5, 4], 0, 20)).to.deep.equal([5, 4]);
    for (const [axis, count] of [
      [0, 4],
      [1, 5],
      [2, 1],
      [-1, 4],
      [0.5, 5],
    ] as const) {
      expect(scaleShape([5, 4], axis, count), `${axis} ${count}`).to.equal(undefined);
    }
    expect(channelRun([3, 3, 8, 2], 2, 8)).to.equal(2);
    expect(channelRun([3, 3, 8, 2], 2, 16)).to.equal(1);
    expect(channelRun([5, 4], 0, 5)).to.equal(4);
  });
});
