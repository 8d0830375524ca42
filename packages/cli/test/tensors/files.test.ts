import { writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { expect } from 'chai';
import type { Port } from '@tfjs-optimize/core';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { readInputs } from '../../src/tensors/files.js';
import cases from '../fixtures/npy.json';

const image: Port = { key: 'image', value: 'image', dtype: 'float32', shape: [-1, 3] };
const mask: Port = { key: 'mask', value: 'mask', dtype: 'bool', shape: [-1, 2] };
const text: Port = { key: 'text', value: 'text', dtype: 'string', shape: [-1] };

async function read(
  ports: readonly Port[],
  contents: Record<string, string | Uint8Array>,
  args: (folder: string) => string[],
) {
  return withTempFolder(async (folder) => {
    for (const [name, content] of Object.entries(contents)) await writeFile(path.join(folder, name), content);
    return readInputs(args(folder), ports);
  });
}

describe('readInputs', () => {
  it('reads nested arrays for a model with one input', async () => {
    const inputs = await read([image], { 'x.json': '[[1, 2, 3], [4, 5, 6]]' }, (at) => [`${at}/x.json`]);
    expect(inputs.get('image')).to.deep.equal({
      dtype: 'float32',
      shape: [2, 3],
      values: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it('reads shape and data', async () => {
    const json = '{"shape": [1, 3], "data": [1, 2, 3]}';
    const inputs = await read([image], { 'x.json': json }, (at) => [`${at}/x.json`]);
    expect(inputs.get('image')?.shape).to.deep.equal([1, 3]);
  });

  it('reads all inputs by name from one file', async () => {
    const json = '{"image": [[1, 2, 3]], "mask": [[true, 0]], "text": ["a"]}';
    const inputs = await read([image, mask, text], { 'x.json': json }, (at) => [`${at}/x.json`]);
    expect([...inputs.keys()]).to.deep.equal(['image', 'mask', 'text']);
    expect(inputs.get('mask')?.values).to.deep.equal(Uint8Array.of(1, 0));
    expect(inputs.get('text')?.values).to.deep.equal(['a']);
  });

  it('reads one file for each input, NumPy files among them', async () => {
    const npy = Buffer.from(cases.float32.file, 'base64');
    const inputs = await read([image, mask], { 'a.npy': npy, 'm.json': '[[1, 1]]' }, (at) => [
      `image=${at}/a.npy`,
      `mask=${at}/m.json`,
    ]);
    expect([...(inputs.get('image')?.values ?? [])]).to.deep.equal(cases.float32.values);
  });

  it('asks for the inputs that were not given', async () => {
    const error = await expectCode('argument/missing', () =>
      read([image, mask], { 'm.json': '[[1, 1]]' }, (at) => [`mask=${at}/m.json`]),
    );
    expect(error.message).to.include("input 'image'").and.include('--input image=FILE');
  });

  it('asks which input a lone file is for', async () => {
    const error = await expectCode('argument/invalid', () =>
      read([image, mask], { 'm.json': '[[1, 1]]' }, (at) => [`${at}/m.json`]),
    );
    expect(error.message).to.include('--input image=');
  });

  for (const [what, content, code] of [
    ['text that is not JSON', 'hello', 'io/format'],
    ['a number', '3', 'io/format'],
    ['ragged arrays', '[[1, 2, 3], [4]]', 'io/format'],
    ['a shape that does not fit', '{"shape": [2, 2], "data": [1]}', 'io/format'],
    ['data without a shape', '{"data": [1]}', 'io/format'],
    ['strings for numbers', '[["a", "b", "c"]]', 'io/format'],
    ['an unknown input', '{"picture": [[1, 2, 3]]}', 'argument/invalid'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await expectCode(code, () => read([image], { 'x.json': content }, (at) => [`${at}/x.json`]));
    });
  }

  it('refuses a file that does not exist', async () => {
    await expectCode('io/not-found', () => read([image], {}, (at) => [`${at}/x.json`]));
  });
});
