import { loader, wavFiles, wavFolder } from '@tfjs-optimize/data';
import { expectCode, needShared, tempFolder, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { all, valuesOf } from '../support/samples.js';

interface Wav {
  readonly coding?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly body?: readonly number[];
  /** Whether the format stands in its extensible form. */
  readonly extensible?: boolean;
  readonly before?: Buffer;
  readonly rate?: number;
}

/** The bytes of a WAV file. */
function wavBytes(wav: Wav = {}): Buffer {
  const { coding = 1, bits = 16, channels = 1, body = [], extensible = false, rate = 8000 } = wav;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : coding, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(coding, 24);
  const chunk = (name: string, content: Buffer): Buffer => {
    const header = Buffer.alloc(8);
    header.write(name);
    header.writeUInt32LE(content.length, 4);
    return Buffer.concat([header, content, Buffer.alloc(content.length % 2)]);
  };
  const inner = Buffer.concat([
    Buffer.from('WAVE'),
    wav.before ?? Buffer.alloc(0),
    chunk('fmt ', format),
    chunk('LIST', Buffer.from('odd')),
    chunk('data', Buffer.from(body)),
  ]);
  const riff = Buffer.alloc(8);
  riff.write('RIFF');
  riff.writeUInt32LE(inner.length, 4);
  return Buffer.concat([riff, inner]);
}

async function read(bytes: Buffer, options = {}): Promise<number[]> {
  return withTempFolder(async (folder) => {
    const file = path.join(folder, 'a.wav');
    fs.writeFileSync(file, bytes);
    const sample = await wavFiles([file], options).get(0);
    return [...(sample['audio'] as Float32Array)];
  });
}

const floats = [...new Uint8Array(Float32Array.of(0.25, -1).buffer)];

describe('wav', () => {
  for (const [name, wav, expected] of [
    ['8 bits', { bits: 8, body: [128, 0, 255] }, [0, -1, 127 / 128]],
    ['16 bits', { bits: 16, body: [0, 0x80, 0xff, 0x7f, 0xff, 0xff] }, [-1, 32767 / 32768, -1 / 32768]],
    ['24 bits', { bits: 24, body: [0, 0, 0x80, 1, 0, 0, 0, 0, 0x40] }, [-1, 2 ** -23, 0.5]],
    ['32 bits', { bits: 32, body: [0, 0, 0, 0xc0] }, [-0.5]],
    ['floats', { coding: 3, bits: 32, body: floats }, [0.25, -1]],
    ['floats in the extensible form', { coding: 3, bits: 32, body: floats, extensible: true }, [0.25, -1]],
    ['two channels', { channels: 2, body: [0, 0x40, 0, 0, 0, 0xc0, 0, 0x40] }, [0.25, 0]],
    ['nothing', { body: [] }, []],
  ] as const) {
    it(`reads ${name}`, async () => {
      expect(await read(wavBytes(wav))).to.deep.equal(expected);
    });
  }

  it('cuts and fills to a length', async () => {
    const bytes = wavBytes({ bits: 8, body: [0, 192] });
    expect(await read(bytes, { length: 1 })).to.deep.equal([-1]);
    expect(await read(bytes, { length: 3 })).to.deep.equal([-1, 0.5, 0]);
  });

  it('names the byte where a file stops being one', async () => {
    const good = wavBytes({ body: [1, 2, 3, 4] });
    const data = good.indexOf('data');
    const edited = (at: number, ...values: number[]): Buffer => {
      const copy = Buffer.from(good);
      values.forEach((value, i) => (copy[at + i] = value));
      return copy;
    };
    for (const [bytes, message] of [
      [Buffer.alloc(0), /a\.wav, byte 0: expected 4 bytes/],
      [edited(0, 0x58), /byte 0: expected 'RIFF', got "XIFF"/],
      [edited(8, 0x58), /byte 8: expected 'WAVE'/],
      [good.subarray(0, good.length - 1), new RegExp(`byte ${data + 8}: expected 4 bytes.*got 3`)],
      [good.subarray(0, data + 3), new RegExp(`byte ${data}: expected 8 bytes`)],
      [good.subarray(0, data), new RegExp(`byte ${data}: expected a chunk 'data'`)],
      [edited(20, 2), /byte 20: .*coding 2 of 16 bits/],
      [edited(34, 12), /coding 1 of 12 bits/],
      [edited(22, 0), /byte 22: expected at least one channel/],
      [wavBytes({ rate: 0 }), /byte 24: expected a rate/],
      [edited(16, 14), /at least 16 bytes of 'fmt '/],
      [wavBytes({ body: [1, 2, 3] }), /a multiple of 2 bytes, got 3/],
      [wavBytes({ before: Buffer.from('data\0\0\0\0') }), /byte 12: expected a chunk 'fmt ' before/],
    ] as const) {
      const error = await expectCode('data/wav', () => read(bytes));
      expect(error.message).to.match(message);
    }
  });

  it('takes labels from folders, in the order of their names', () =>
    withTempFolder(async (folder) => {
      for (const [name, value] of [
        ['b/1.wav', 64],
        ['a/2.WAV', 192],
        ['a/.hidden.wav', 0],
        ['a/notes.txt', 0],
      ] as const) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), wavBytes({ bits: 8, body: [value] }));
      }
      const data = await wavFolder(folder);
      expect(data.classes).to.deep.equal(['a', 'b']);
      const [batch] = await all(loader(data));
      expect(valuesOf([batch as never], 'label')).to.deep.equal([[0, 1]]);
      expect(valuesOf([batch as never], 'audio')).to.deep.equal([[0.5, -0.5]]);
      expect(valuesOf([batch as never], 'rate')).to.deep.equal([[8000, 8000]]);
      await expectCode('data/folder', () => wavFolder(path.join(folder, 'a')));
      fs.mkdirSync(path.join(folder, 'c'));
      const error = await expectCode('data/folder', () => wavFolder(folder));
      expect(error.message).to.match(/c: expected files that end with \.wav, got none/);
    }));

  it('refuses folders and files that cannot be read, and labels that are too few', async () => {
    await expectCode('io/not-found', () => wavFolder('no-such-folder'));
    await expectCode('io/not-found', () => wavFiles(['no-such.wav']).get(0));
    await expectCode('data/shape', () => wavFiles(['a.wav'], { labels: [] }));
    await expectCode('argument/invalid', () => wavFiles([]));
    const file = path.join(tempFolder(), 'file');
    fs.writeFileSync(file, '');
    const error = await expectCode('io/not-found', () => wavFolder(file));
    expect(error.message).to.match(/a file where a folder should be/);
  });

  it('tells which folder may not be read', async () => {
    // The superuser may read every folder, so the system is made to refuse.
    const { readdir } = fs.promises;
    const install = (made: typeof readdir): void => {
      fs.promises.readdir = made;
      syncBuiltinESMExports();
    };
    const refuse = async (): Promise<never> => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    };
    install(refuse);
    try {
      const error = await expectCode('io/permission', () => wavFolder('shut'));
      expect(error.message).to.match(/^shut: .*no permission/);
    } finally {
      install(readdir);
    }
  });

  it('reads spoken digits', async function () {
    const folder = path.join(needShared(this, 'data', 'fsdd-subset'), 'recordings');
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.wav'));
    const labels = names.map((name) => Number(name[0]));
    const data = wavFiles(
      names.map((name) => path.join(folder, name)),
      { labels, length: 4000 },
    );
    const batches = await all(loader(data, { batchSize: 60, workers: 1, keepWorkersMs: 0 }));
    expect(batches.map(({ fields }) => fields['audio']?.shape)).to.deep.equal(Array(3).fill([60, 4000]));
    expect(new Set(valuesOf(batches, 'rate').flat())).to.deep.equal(new Set([8000]));
    expect(valuesOf(batches, 'label').flat()).to.deep.equal(labels);
  });
});
