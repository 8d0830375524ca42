import { idx } from '@tfjs-optimize/data';
import { expectCode, needShared, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as zlib from 'node:zlib';

/** The bytes of an IDX file. */
function idxBytes(type: number, sizes: readonly number[], body: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header[2] = type;
  header[3] = sizes.length;
  sizes.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(body)]);
}

describe('idx', () => {
  const files = (
    contents: Readonly<Record<string, Buffer>>,
    work: (at: (name: string) => string) => Promise<void>,
  ) =>
    withTempFolder(async (folder) => {
      for (const [name, bytes] of Object.entries(contents)) fs.writeFileSync(path.join(folder, name), bytes);
      await work((name) => path.join(folder, name));
    });

  it('reads images and labels, packed or not, in every type', () =>
    files(
      {
        images: zlib.gzipSync(idxBytes(0x08, [2, 1, 2], [1, 2, 3, 255])),
        labels: idxBytes(0x08, [2], [9, 4]),
        shorts: idxBytes(0x0b, [2], [255, 254, 1, 0]),
        signed: idxBytes(0x09, [1], [255]),
        ints: idxBytes(0x0c, [1], [0, 0, 1, 2]),
        floats: idxBytes(0x0d, [1], [0x3f, 0xc0, 0, 0]),
        doubles: idxBytes(0x0e, [1], [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
      },
      async (at) => {
        const data = await idx(at('images'), { labels: at('labels'), channels: true });
        expect(data.get(1)).to.deep.equal({
          image: { values: Uint8Array.of(3, 255), shape: [1, 2, 1] },
          label: 4,
        });
        expect(data.types).to.include({ label: 'int32' });
        const scaled = await idx(at('images'), { scale: 1 / 255 });
        expect(scaled.get(1)).to.deep.equal({
          image: { values: Float32Array.of(3 / 255, 1), shape: [1, 2] },
        });
        for (const [name, index, image] of [
          ...([
            ['shorts', 0, -2],
            ['shorts', 1, 256],
            ['signed', 0, -1],
            ['ints', 0, 258],
          ] as const),
          ...([
            ['floats', 0, 1.5],
            ['doubles', 0, 1.5],
          ] as const),
        ]) {
          expect((await idx(at(name))).get(index)).to.deep.equal({ image });
        }
      },
    ));

  it('names the byte of bad headers and of files that are too short or long', () =>
    files(
      {
        magic: Buffer.from([1, 0, 8, 1, 0, 0, 0, 0]),
        type: idxBytes(0x0a, [1], [1]),
        rank: idxBytes(0x08, [], []),
        header: Buffer.from([0, 0, 8, 2, 0, 0, 0, 1]),
        tiny: Buffer.from([0, 0]),
        short: idxBytes(0x08, [2, 2], [1, 2, 3]),
        long: idxBytes(0x08, [2], [1, 2, 3]),
        torn: zlib.gzipSync(idxBytes(0x08, [2], [1, 2])).subarray(0, 15),
        two: idxBytes(0x08, [2], [1, 2]),
        one: idxBytes(0x08, [1], [1]),
      },
      async (at) => {
        for (const [name, message] of [
          ['magic', /byte 0: expected two bytes of 0/],
          ['type', /byte 2: .*0xa/],
          ['rank', /byte 3/],
          ['header', /byte 8: expected 2 sizes/],
          ['tiny', /byte 2/],
          ['short', /byte 12: expected 4 bytes for sizes 2 × 2, got 3/],
          ['long', /byte 8: expected 2 bytes.*got 3/],
          ['torn', /torn: expected a whole file packed by gzip/],
        ] as const) {
          expect((await expectCode('data/idx', () => idx(at(name)))).message).to.match(message);
        }
        await expectCode('data/shape', () => idx(at('two'), { labels: at('one') }));
        await expectCode('io/not-found', () => idx(at('none')));
        await expectCode('argument/invalid', () => idx(at('two'), { scale: 'a' as never }));
      },
    ));

  it('reads MNIST', async function () {
    const folder = needShared(this, 'data', 'mnist');
    const data = await idx(path.join(folder, 't10k-images-idx3-ubyte.gz'), {
      ...{ labels: path.join(folder, 't10k-labels-idx1-ubyte.gz'), channels: true },
    });
    expect(data.length).to.equal(10_000);
    const first = [0, 1, 2, 3, 4].map((i) => (data.get(i) as { label: number }).label);
    expect(first).to.deep.equal([7, 2, 1, 0, 4]); // as they are known to begin
  });
});
