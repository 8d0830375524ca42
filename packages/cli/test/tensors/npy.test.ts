import { expect } from 'chai';
import { expectCode } from '@tfjs-optimize/testing';
import { readNpy } from '../../src/tensors/npy.js';
import cases from '../fixtures/npy.json';

/** Arrays as numpy.save (NumPy 2.4) wrote them. */
const files: Readonly<Record<string, { file: string; shape: number[]; values: number[] }>> = cases;
const bytesOf = (name: string): Uint8Array => Uint8Array.from(Buffer.from(files[name]?.file ?? '', 'base64'));

describe('readNpy', () => {
  for (const [name, { shape, values }] of Object.entries(files)) {
    it(`reads ${name} as NumPy wrote it`, () => {
      const read = readNpy(bytesOf(name), 'x.npy');
      expect(read.shape).to.deep.equal(shape);
      expect([...read.values]).to.deep.equal(values);
    });
  }

  it('keeps the kind of number', () => {
    expect(readNpy(bytesOf('float64'), 'x').dtype).to.equal('float32');
    expect(readNpy(bytesOf('int64'), 'x').dtype).to.equal('int32');
    expect(readNpy(bytesOf('bool'), 'x').dtype).to.equal('bool');
  });

  it('refuses a file that is cut off', async () => {
    const error = await expectCode('io/format', () => readNpy(bytesOf('float32').slice(0, -4), 'cut.npy'));
    expect(error.message).to.include('24 bytes').and.include('20');
  });

  it('refuses a header that is cut off, and other files', async () => {
    await expectCode('io/format', () => readNpy(bytesOf('float32').slice(0, 20), 'x.npy'));
    await expectCode('io/format', () => readNpy(new Uint8Array(3), 'x.npy'));
    await expectCode('io/format', () => readNpy(Buffer.from('{"shape": [1], "data": [1]}'), 'x.npy'));
  });

  it('refuses types that TensorFlow.js does not have', async () => {
    const text = Buffer.from(bytesOf('float32')).toString('latin1').replace("'<f4'", "'<c8'");
    const error = await expectCode('io/format', () => readNpy(Buffer.from(text, 'latin1'), 'x.npy'));
    expect(error.message).to.include("'<c8'").and.include('astype');
  });

  it('refuses an int64 that does not fit into 32 bits', async () => {
    const bytes = bytesOf('int64');
    bytes.set([0, 0, 0, 0, 1, 0, 0, 0], bytes.length - 8);
    const error = await expectCode('io/format', () => readNpy(bytes, 'x.npy'));
    expect(error.message).to.include('4294967296');
  });
});
