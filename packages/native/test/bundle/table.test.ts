import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { tempFolder } from '@tfjs-optimize/testing';
import { bundleFiles } from '../../src/bundle/bundle.js';
import { maskedChecksum } from '../../src/bundle/checksum.js';
import { compareKeys, tableBytes, type Entry } from '../../src/bundle/table.js';
import type { Tensor } from '../../src/saved-model/tensor.js';
import { tensorOf } from '../../src/saved-model/tensor.js';
import { needPython } from '../support/python.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const plain = (sum: number): number => {
  const turned = (sum - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
};

describe('maskedChecksum', () => {
  it('is CRC-32C behind the mask: the examples of RFC 3720, B.4', () => {
    expect(plain(maskedChecksum(new Uint8Array(32)))).to.equal(0x8a9136aa);
    expect(plain(maskedChecksum(new Uint8Array(32).fill(0xff)))).to.equal(0x62a8ab43);
    const rising = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(plain(maskedChecksum(rising.subarray(0, 5), rising.subarray(5)))).to.equal(0x46dd794e);
  });
});

describe('tableBytes', () => {
  it('writes each key by what it does not share with the one before', () => {
    const entries: Entry[] = [
      [text('layer/bias'), text('1')],
      [text('layer/kernel'), text('2')],
    ];
    const bytes = tableBytes(entries);
    expect([...bytes.subarray(0, 3)]).to.deep.equal([0, 10, 1]);
    expect([...bytes.subarray(14, 17)]).to.deep.equal([6, 6, 1]);
    expect(Buffer.from(bytes.subarray(17, 23)).toString()).to.equal('kernel');
    expect([...bytes.subarray(-8)]).to.deep.equal([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
  });

  it('orders keys byte by byte', () => {
    const keys = ['a/b', 'a', 'a.b', 'B', 'ä'].map(text).sort(compareKeys);
    expect(keys.map((key) => Buffer.from(key).toString())).to.deep.equal(['B', 'a', 'a.b', 'a/b', 'ä']);
  });
});

const READ = `
import json, sys
import tensorflow as tf
reader = tf.train.load_checkpoint(sys.argv[1])
names = sorted(reader.get_variable_to_shape_map())
json.dump([[n, reader.get_tensor(n).dtype.name, list(reader.get_tensor(n).shape), reader.get_tensor(n).ravel().tolist()] for n in names], sys.stdout)
`;

describe('bundleFiles', () => {
  it("is read by TensorFlow's tf.train.load_checkpoint, checksums and all", function () {
    this.timeout(60_000);
    const python = needPython(this);
    // More keys than one block of 500 bytes takes, long shared beginnings, in no order, and one tensor without elements.
    const tensors = Array.from({ length: 300 }, (_, i): readonly [string, Tensor] => {
      const at = (i * 7) % 300;
      const values = Array.from({ length: at % 5 }, (_unused, k) => at + k);
      return [`block_${at}/layer/kernel`, tensorOf(at % 2 === 0 ? 'float' : 'int32', values)];
    });
    const folder = tempFolder();
    const bundled = tensors.map(([key, tensor]) => ({ key, read: () => tensor }));
    for (const file of bundleFiles('all', bundled, 500)) {
      fs.writeFileSync(path.join(folder, file.path), Buffer.concat([...file.pieces]));
    }
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
    const result = spawnSync(python, ['-c', READ, path.join(folder, 'all')], { env, encoding: 'utf8' });
    expect(result.status, result.stderr).to.equal(0);
    const wanted = tensors
      .map(([key, { type, shape, bytes }]) => {
        const values = type === 'float' ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer);
        return [key, type === 'float' ? 'float32' : 'int32', shape, [...values]] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1));
    expect(JSON.parse(result.stdout)).to.deep.equal(wanted);
  });
});
