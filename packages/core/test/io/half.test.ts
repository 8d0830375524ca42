import {
  encodeBfloat16,
  encodeFloat16,
  encodeHalf,
  FLOAT16_MAX,
  tooLargeForHalf,
  Weight,
} from '@tfjs-optimize/core';
import { goldenTensor, needGolden, type GoldenFile } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** The float32 numbers of these bits. */
function floatsOf(bits: readonly number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

describe('half precision', () => {
  let file: GoldenFile;
  before(function () {
    file = needGolden(this, 'a10_half_precision');
  });

  it('encodes as NumPy (float16) and PyTorch (bfloat16) do, bit for bit; NaN as a NaN', () => {
    const cases = file.cases.filter(({ inputs }) => inputs['op'] === 'f32_to_half');
    expect(cases.length).to.be.at.least(9);
    let compared = 0;
    for (const { name, inputs, outputs } of cases) {
      const x = floatsOf(goldenTensor(inputs, 'f32_bits').data);
      const [half, brain] = [encodeFloat16(x), encodeBfloat16(x)];
      const f16 = goldenTensor(outputs, 'f16_bits').data;
      const bf16 = goldenTensor(outputs, 'bf16_bits').data;
      x.forEach((value, i) => {
        if (Number.isNaN(value)) {
          expect([half[i], brain[i]], `${name} ${i}`).to.deep.equal([0x7e00, 0x7fc0]);
          return;
        }
        expect(half[i], `${name} ${i}: float16 of ${value}`).to.equal(f16[i]);
        expect(brain[i], `${name} ${i}: bfloat16 of ${value}`).to.equal((bf16[i] as number) & 0xffff);
        compared++;
      });
    }
    expect(compared).to.be.above(800);
  });

  it('rounds float64 once', () => {
    const found = file.cases.find(({ inputs }) => inputs['op'] === 'f64_to_f16');
    if (found === undefined) throw new Error('no case of float64');
    const x = goldenTensor(found.inputs, 'x').data;
    expect([...encodeFloat16(x)]).to.deep.equal(goldenTensor(found.outputs, 'direct_f16_bits').data);
  });

  it('decodes every 97th float16 as NumPy does, and encodes what it decoded to the same bits', () => {
    const found = file.cases.find(({ inputs }) => inputs['op'] === 'f16_to_f32');
    if (found === undefined) throw new Error('no case of float16');
    const bits = Uint16Array.from(goldenTensor(found.inputs, 'f16_bits').data);
    const bytes = new Uint8Array(bits.buffer);
    const values = Weight.stored('float32', [bits.length], { kind: 'float16' }, bytes).numbers();
    const expected = floatsOf(goldenTensor(found.outputs, 'f32_bits').data);
    values.forEach((value, i) => expect(Object.is(value, expected[i]), `${i}`).to.equal(true));
    const again = encodeFloat16(values);
    bits.forEach((half, i) => {
      if (!Number.isNaN(values[i])) expect(again[i]).to.equal(half);
    });
  });
});

describe('bfloat16', () => {
  it('of all 65536 bit patterns comes back from its float32', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    const bytes = new Uint8Array(bits.buffer);
    const values = Weight.stored('float32', [bits.length], { kind: 'bfloat16' }, bytes).numbers();
    const again = encodeBfloat16(values);
    bits.forEach((half, i) => {
      expect(Number.isNaN(values[i]) ? 0x7fc0 : half).to.equal(again[i]);
    });
  });
});

describe('tooLargeForHalf', () => {
  it('tells the first finite number that is rounded to infinity', () => {
    const numbers = Float32Array.of(NaN, Infinity, -Infinity, FLOAT16_MAX, 65519, -65520, 1e9);
    expect(tooLargeForHalf(numbers, 'float16')).to.equal(-65520);
    expect(tooLargeForHalf(numbers.subarray(0, 5), 'float16')).to.equal(undefined);
    expect(tooLargeForHalf(numbers, 'bfloat16')).to.equal(undefined);
  });

  it('agrees with the bits at the very end of both formats', () => {
    const [below, end] = floatsOf([0x7f7f7fff, 0x7f7f8000]) as unknown as [number, number];
    expect([...encodeHalf([below, end], 'bfloat16')]).to.deep.equal([0x7f7f, 0x7f80]);
    expect(tooLargeForHalf([below], 'bfloat16')).to.equal(undefined);
    expect(tooLargeForHalf([below, end], 'bfloat16')).to.equal(end);
    expect([...encodeHalf([65519.99, 65520], 'float16')]).to.deep.equal([0x7bff, 0x7c00]);
    expect(tooLargeForHalf([65519.99, 65520], 'float16')).to.equal(65520);
  });
});
