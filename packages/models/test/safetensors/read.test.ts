import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Weight } from '@tfjs-optimize/core';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { openSafetensors, readSafetensors } from '../../src/safetensors/open.js';
import { encodeSafetensors } from '../../src/safetensors/write.js';
import { serve } from '../download/server.js';
import { fileOf, server } from './files.js';

const bytes = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** A type, its stored numbers and what they are read as. */
const TYPES: readonly (readonly [string, ArrayBufferView, string, readonly number[]])[] = [
  ['F64', Float64Array.of(1 / 3, -2), 'float32', [Math.fround(1 / 3), -2]],
  ['F32', Float32Array.of(1.5, NaN), 'float32', [1.5, NaN]],
  ['F16', Uint16Array.of(0x3c00, 0xfbff), 'float32', [1, -65504]],
  ['BF16', Uint16Array.of(0x3fc0, 0xff80), 'float32', [1.5, -Infinity]],
  ['F8_E4M3', Uint8Array.of(0x38, 0x7e), 'float32', [1, 448]],
  ['F8_E5M2', Uint8Array.of(0x3c, 0xfb), 'float32', [1, -57344]],
  ['F8_E8M0', Uint8Array.of(127, 0), 'float32', [1, 2 ** -127]],
  ['I64', BigInt64Array.of(-5n, 2147483647n), 'int32', [-5, 2147483647]],
  ['I32', Int32Array.of(-7, 8), 'int32', [-7, 8]],
  ['I16', Int16Array.of(-300, 300), 'int32', [-300, 300]],
  ['I8', Int8Array.of(-128, 127), 'int32', [-128, 127]],
  ['U64', BigUint64Array.of(0n, 9n), 'int32', [0, 9]],
  ['U32', Uint32Array.of(1, 2), 'int32', [1, 2]],
  ['U16', Uint16Array.of(65535, 2), 'int32', [65535, 2]],
  ['U8', Uint8Array.of(255, 0), 'int32', [255, 0]],
  ['BOOL', Uint8Array.of(1, 0), 'bool', [1, 0]],
];

describe('readSafetensors', () => {
  for (const [type, data, dtype, values] of TYPES) {
    it(`reads ${type} as ${dtype}, at whatever address`, async () => {
      const size = data.byteLength;
      const entry = { dtype: type, shape: [2], data_offsets: [1, 1 + size] };
      const pad = { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] };
      const file = fileOf({ x: entry, pad }, Uint8Array.from([1, ...bytes(data)]));
      const state = await readSafetensors(file);
      const weight = state.get('x') as Weight;
      expect(weight.dtype).to.equal(dtype);
      expect([...weight.numbers()]).to.deep.equal(values);
    });
  }

  it('reads scalars, empty tensors, files of none, and what its writer noted', async () => {
    const header = {
      __metadata__: { format: 'pt' },
      scalar: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
      none: { dtype: 'F32', shape: [0, 3], data_offsets: [4, 4] },
    };
    const file = await openSafetensors(fileOf(header, bytes(Float32Array.of(2.5))));
    expect(file.metadata).to.deep.equal({ format: 'pt' });
    expect([...(await file.read('scalar')).numbers()]).to.deep.equal([2.5]);
    expect((await file.read('none')).size).to.equal(0);
    expect((await readSafetensors(fileOf({}))).size).to.equal(0);
  });

  it('reads a file on disk, a tensor at a time or all that are named', () =>
    withTempFolder(async (folder) => {
      const place = path.join(folder, 'x.safetensors');
      const state = new Map(['a', 'b', 'c'].map((name, i) => [name, Weight.of(Float32Array.of(i, i), [2])]));
      fs.writeFileSync(place, encodeSafetensors(state));
      const file = await openSafetensors(place);
      expect([...file.tensors.keys()]).to.deep.equal(['a', 'b', 'c']);
      expect([...(await file.read('c')).numbers()]).to.deep.equal([2, 2]);
      expect([...(await file.readAll({ names: ['c', 'a'] })).keys()]).to.deep.equal(['a', 'c']);
      await file.close();
      const error = await expectCode('io/not-found', () => readSafetensors(path.join(folder, 'y')));
      expect(error.message).to.contain('y: expected a file');
      await expectCode('io/not-found', () => readSafetensors(folder));
    }));

  it('asks a server for no more than the header and the tensors that are wanted', async () => {
    const big = Weight.of(new Float32Array(40_000).fill(3), [40_000]);
    const file = encodeSafetensors([
      ['big', big],
      ['small', Weight.of(Float32Array.of(4), [1])],
    ]);
    const { fetchFunc, asked } = server(file);
    const url = 'https://models.example/x.safetensors';
    const state = await readSafetensors(url, { names: ['small'], fetchFunc });
    expect([...(state.get('small') as Weight).numbers()]).to.deep.equal([4]);
    expect(asked).to.deep.equal(['bytes=0-65535', `bytes=${file.length - 4}-${file.length - 1}`]);
    const whole = server(file, false);
    const all = await readSafetensors(url, { fetchFunc: whole.fetchFunc });
    expect([all.size, whole.asked.length]).to.deep.equal([2, 1]);
  });

  it('asks for all of a file whose length the server does not tell', async () => {
    const file = encodeSafetensors([['x', Weight.of(new Float32Array(40_000).fill(3), [40_000])]]);
    const asked: (string | null)[] = [];
    const fetchFunc: typeof fetch = (_url, init) => {
      const range = new Headers(init?.headers).get('Range');
      asked.push(range);
      if (range === null) return Promise.resolve(new Response(file.slice()));
      const headers = { 'Content-Range': 'bytes 0-65535/*' };
      return Promise.resolve(new Response(file.slice(0, 65_536), { status: 206, headers }));
    };
    const state = await readSafetensors('https://a.example/x', { fetchFunc });
    expect(state.get('x')?.numbers()[39_999]).to.equal(3);
    expect(asked).to.deep.equal(['bytes=0-65535', null]);
    const never: typeof fetch = (url) => fetchFunc(url, { headers: { Range: 'bytes=0-65535' } });
    await expectCode('io/network', () => readSafetensors('https://a.example/x', { fetchFunc: never }));
  });

  it('refuses other bytes than it asked a server for', async () => {
    const file = encodeSafetensors([['x', Weight.of(new Float32Array(40_000), [40_000])]]);
    const fetchFunc: typeof fetch = () => {
      const headers = { 'Content-Range': `bytes 0-65535/${file.length}` };
      return Promise.resolve(new Response(file.slice(0, 65_536), { status: 206, headers }));
    };
    const error = await expectCode('io/network', () => readSafetensors('https://a.example/x', { fetchFunc }));
    expect(error.message).to.contain('which were asked for, got bytes from 0');
  });

  it('names the byte at which a connection broke, and why nobody answered', async () => {
    const broken = await serve(new Uint8Array(50_000), '/x.safetensors');
    broken.behaviour = { cutAfter: [30_000] };
    const cut = await expectCode('io/network', () => readSafetensors(broken.url));
    expect(cut.message).to.match(/x\.safetensors, byte 30000: expected more bytes, got terminated: /);
    await broken.close();
    const gone = await expectCode('io/network', () => readSafetensors(broken.url));
    expect(gone.message).to.match(/x\.safetensors: expected an answer, got fetch failed: .*ECONNREFUSED/);
  });

  it('tells what a server answered, and stops when asked to', async () => {
    const fetchFunc: typeof fetch = () => Promise.resolve(new Response('', { status: 404 }));
    const error = await expectCode('io/not-found', () =>
      readSafetensors('https://a.example/x', { fetchFunc }),
    );
    expect(error.message).to.contain('https://a.example/x: expected to be served, got status 404');
    const signal = AbortSignal.abort();
    await expectCode('aborted', () =>
      readSafetensors(fileOf({ x: F32(0, 4) }, new Uint8Array(4)), { signal }),
    );
  });
});

const F32 = (start: number, end: number, shape: unknown = [(end - start) / 4]): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('bad safetensors files', () => {
  const eight = new Uint8Array(8);
  const cases: Readonly<Record<string, readonly [file: Uint8Array, said: string]>> = {
    'nothing at all': [
      new Uint8Array(3),
      'bytes 0 to 8: expected the length of the header, got a file of 3 bytes',
    ],
    'a header longer than the file': [fileOf({}, eight, 1000), 'a header from 2 to 10 bytes, got 1000'],
    'a huge header': [fileOf({}, eight, 2 ** 62), 'bytes, got 4611686018427388000'],
    'no JSON': [fileOf('{"x":'), 'bytes 8 to 13: expected a header of JSON'],
    'bytes that are no UTF-8': [fileOf('{"\u{0}"}').fill(0xff, 10, 11), 'expected a header of JSON'],
    'a list': [fileOf('[1]'), 'expected a JSON object'],
    'overlapping tensors': [
      fileOf({ a: F32(0, 8), b: F32(4, 8) }, eight),
      "tensor 'b': expected to begin at byte",
    ],
    'a hole': [fileOf({ a: F32(4, 8) }, eight), "tensor 'a': expected to begin at byte"],
    'bytes of no tensor': [fileOf({ a: F32(0, 4) }, eight), 'expected to belong to a tensor, got 4 B'],
    'offsets out of range': [
      fileOf({ a: F32(0, 12) }, eight),
      "tensor 'a': expected data_offsets in order, from 0 to 8",
    ],
    'offsets the wrong way round': [fileOf({ a: F32(8, 4, [1]) }, eight), 'got [8, 4]'],
    'offsets that are no numbers': [
      fileOf({ a: { dtype: 'F32', shape: [2], data_offsets: ['0', 8] } }, eight),
      "['0', 8]",
    ],
    'a shape of other bytes': [
      fileOf({ a: F32(0, 8, [3]) }, eight),
      'expected 12 bytes for F32 [3], got 8, bytes',
    ],
    'a shape beyond all numbers': [
      fileOf({ a: F32(0, 8, [2 ** 53 - 1, 2 ** 53 - 1]) }, eight),
      'got 8, bytes',
    ],
    'a negative size': [fileOf({ a: F32(0, 8, [-2]) }, eight), 'expected a shape of whole numbers, got [-2]'],
    'an unknown type': [fileOf({ a: { dtype: 'F4', shape: [2], data_offsets: [0, 8] } }, eight), "got 'F4'"],
    'a type named as what objects inherit': [
      fileOf({ a: { dtype: 'toString', shape: [2], data_offsets: [0, 8] } }, eight),
      "got 'toString'",
    ],
    'notes that are no text': [
      fileOf({ __metadata__: { a: 1 } }),
      '__metadata__: expected an object of strings',
    ],
  };
  for (const [what, [file, said]] of Object.entries(cases)) {
    it(`names file and place: ${what}`, async () => {
      const error = await expectCode('models/safetensors', () => openSafetensors(file));
      expect(error.message)
        .to.contain(said)
        .and.to.match(/^bytes in memory, .* See that .*\.$/);
    });
  }

  it('tells what to do with pickles of PyTorch, and folders of nothing else', () =>
    withTempFolder(async (folder) => {
      const ofZip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0);
      const ofPickle = Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46);
      for (const file of [ofZip, ofPickle]) {
        const error = await expectCode('models/safetensors', () => openSafetensors(file));
        expect(error.message).to.contain('a pickle').and.contain('safetensors.torch.save_file');
      }
      // A header of 0x10280 bytes begins as a pickle does.
      const head = `{"a":${JSON.stringify(F32(0, 8))}}`.padEnd(0x10280);
      expect((await openSafetensors(fileOf(head, eight))).tensors.size).to.equal(1);
      fs.writeFileSync(path.join(folder, 'pytorch_model.bin'), ofZip);
      const error = await expectCode('io/not-found', () => openSafetensors(folder));
      expect(error.message).to.contain('safetensors.torch.save_file');
    }));

  const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const huge: Readonly<Record<string, string>> = {
    'a shape in lists of lists': `{"a":{"dtype":"F32","shape":${deep(20_000)},"data_offsets":[0,8]}}`,
    'a dtype in lists of lists': `{"a":{"dtype":${deep(20_000)},"shape":[2],"data_offsets":[0,8]}}`,
    'a shape of many sizes': `{"a":{"dtype":"F32","shape":[${'1,'.repeat(300_000)}-1],"data_offsets":[0,8]}}`,
    'a shape of many ones': `{"a":{"dtype":"F32","shape":[${'1,'.repeat(300_000)}1],"data_offsets":[0,8]}}`,
    'a long dtype': `{"a":{"dtype":"${'F'.repeat(300_000)}","shape":[2],"data_offsets":[0,8]}}`,
    'a long name': `{"${'a'.repeat(300_000)}":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`,
  };
  for (const [what, header] of Object.entries(huge)) {
    it(`refuses in a message that can be read: ${what}`, async () => {
      const error = await expectCode('models/safetensors', () => openSafetensors(fileOf(header, eight)));
      expect(error.message.length).to.be.below(1000);
    });
  }

  it('reads notes of millions of escapes', async () => {
    const notes = 'a\\n'.repeat(7_000_000);
    const file = await openSafetensors(fileOf(`{"__metadata__":{"a":"${notes}"}}`));
    expect(file.metadata['a']).to.have.length(14_000_000);
  });

  it('takes every byte of BOOL but 0 for true, as PyTorch does', async () => {
    const entry = { dtype: 'BOOL', shape: [3], data_offsets: [0, 3] };
    const state = await readSafetensors(fileOf({ x: entry }, Uint8Array.of(7, 0, 255)));
    expect([...(state.get('x') as Weight).numbers()]).to.deep.equal([1, 0, 1]);
  });

  it('names the nearest tensor where one is missing', async () => {
    const file = await openSafetensors(fileOf({ 'pooler.dense.weight': F32(0, 8) }, eight));
    const error = await expectCode('models/weight', () => file.read('pooler.dense.wieght'));
    expect(error.message).to.contain("Did you mean 'pooler.dense.weight'?");
  });

  it('names the element that int32 does not have', async () => {
    const entry = { dtype: 'I64', shape: [2], data_offsets: [0, 16] };
    const file = fileOf({ ids: entry }, bytes(BigInt64Array.of(1n, 2n ** 31n)));
    const error = await expectCode('models/weight', () => readSafetensors(file));
    expect(error.message).to.match(/bytes 65 to 81, tensor 'ids', element 1: .* got 2147483648/);
  });

  it('tells where a file ends that was cut while it was open', () =>
    withTempFolder(async (folder) => {
      const place = path.join(folder, 'x.safetensors');
      const whole = fileOf({ a: F32(0, 8) }, eight);
      fs.writeFileSync(place, whole);
      const file = await openSafetensors(place);
      fs.truncateSync(place, whole.length - 3);
      const error = await expectCode('models/safetensors', () => file.read('a'));
      expect(error.message).to.contain('expected to be there, got the end of the file');
      await file.close();
    }));
});
