import * as tf from '@tensorflow/tfjs';
import { Weight, type DType, type Encoding } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { decodeBytes, encodeValues, stringsByteLength } from '../../src/io/encoding.js';

/** Values of the bytes as stock TensorFlow.js decodes them. */
function stock(bytes: Uint8Array, spec: Omit<tf.io.WeightsManifestEntry, 'name'>): Uint8Array {
  const data = bytes.slice().buffer;
  const tensor = tf.io.decodeWeights(data, [{ name: 'w', ...spec }])['w'] as tf.Tensor;
  const values = tensor.dataSync() as unknown as Float32Array;
  tensor.dispose();
  return bits(values);
}

function bits(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
}

function decoded(bytes: Uint8Array, dtype: DType, encoding: Encoding, size: number): Uint8Array {
  return bits(decodeBytes(bytes, dtype, encoding, [size]) as Float32Array);
}

/** The same bytes at an odd address. */
function unaligned(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes, 1);
  return copy.subarray(1);
}

describe('encoding', () => {
  const all = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);

  it('decodes all 65536 half-precision numbers as tf.io.decodeWeights does, bit for bit', () => {
    const expected = stock(all, { shape: [65536], dtype: 'float32', quantization: { dtype: 'float16' } });
    expect(decoded(all, 'float32', { kind: 'float16' }, 65536)).to.deep.equal(expected);
    expect(decoded(unaligned(all), 'float32', { kind: 'float16' }, 65536)).to.deep.equal(expected);
  });

  it('decodes half-precision subnormals, infinities and NaN to what IEEE 754 says', () => {
    const halves = Uint16Array.of(0x0001, 0x03ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x7bff);
    const values = decodeBytes(new Uint8Array(halves.buffer), 'float32', { kind: 'float16' }, [8]);
    const expected = [2 ** -24, 1023 * 2 ** -24, 2 ** -14, -0, Infinity, -Infinity, NaN, 65504];
    expect(Array.from(values as Float32Array)).to.deep.equal(expected);
  });

  for (const dtype of ['float32', 'int32'] as const) {
    for (const stored of ['uint8', 'uint16'] as const) {
      for (const [scale, min] of [
        [0.003921568859368563, -0.7],
        [1.7e-3, 12.5],
        [-0.25, 3],
      ] as const) {
        it(`decodes ${stored} to ${dtype} with scale ${scale} and min ${min} as tf.io.decodeWeights does`, () => {
          const size = stored === 'uint8' ? all.length : all.length / 2;
          const quantization = { dtype: stored, scale, min };
          const expected = stock(all, { shape: [size], dtype, quantization });
          const encoding = { kind: 'affine', dtype: stored, scale, min } as const;
          expect(decoded(all, dtype, encoding, size)).to.deep.equal(expected);
          expect(decoded(unaligned(all), dtype, encoding, size)).to.deep.equal(expected);
        });
      }
    }
  }

  it('views aligned plain numbers and copies others', () => {
    const bytes = new Uint8Array(Float32Array.of(1.5, -2, NaN).buffer);
    const aligned = decodeBytes(bytes, 'float32', { kind: 'plain' }, [3]) as Float32Array;
    expect(aligned.buffer).to.equal(bytes.buffer);
    expect(decodeBytes(unaligned(bytes), 'float32', { kind: 'plain' }, [3])).to.deep.equal(aligned);
  });

  it('reads int32, bool and complex64', () => {
    const ints = Int32Array.of(-1, 2 ** 31 - 1);
    expect(decodeBytes(bits(ints), 'int32', { kind: 'plain' }, [2])).to.deep.equal(ints);
    expect(decodeBytes(Uint8Array.of(0, 1), 'bool', { kind: 'plain' }, [2])).to.deep.equal(
      Uint8Array.of(0, 1),
    );
    const complex = Float32Array.of(1, 2, 3, 4);
    expect(decodeBytes(bits(complex), 'complex64', { kind: 'plain' }, [2])).to.deep.equal(complex);
  });

  it('writes strings as tf.io.encodeWeights does and reads them back', async () => {
    const values = ['', 'plain', 'smörgås 🥪', '\uFEFFmark'];
    const tensor = tf.tensor1d(values);
    const { data } = await tf.io.encodeWeights({ w: tensor });
    tensor.dispose();
    const bytes = encodeValues(values, 'string');
    expect(bytes).to.deep.equal(new Uint8Array(data));
    expect(decodeBytes(bytes, 'string', { kind: 'plain' }, [4])).to.deep.equal(values);
  });

  it('measures strings that end early as undefined', () => {
    const bytes = encodeValues(['ab', 'cde'], 'string');
    expect(stringsByteLength(bytes, 2)).to.equal(bytes.length);
    expect(stringsByteLength(bytes, 1)).to.equal(6);
    for (let length = 0; length < bytes.length; length++) {
      expect(stringsByteLength(bytes.subarray(0, length), 2), `${length} bytes`).to.equal(undefined);
    }
  });

  it('refuses values that do not fit their type and bytes that do not fit their size', async () => {
    await expectCode('argument/invalid', () => Weight.of(Int32Array.of(1), [1], 'float32'));
    await expectCode('argument/invalid', () => Weight.of(['a'], [1], 'float32'));
    await expectCode('argument/invalid', () => Weight.of(Float32Array.of(1), [1], 'string'));
    await expectCode('argument/invalid', () => Weight.of(Float32Array.of(1), [2]));
    await expectCode('graph/weight', () => decodeBytes(new Uint8Array(7), 'float32', { kind: 'plain' }, [2]));
    await expectCode('graph/weight', () => decodeBytes(new Uint8Array(7), 'string', { kind: 'plain' }, [1]));
  });
});
