import { expect } from 'chai';
import { goldenTensor, needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import { dynamicConv2D } from '../../src/reference/dynamic-conv.js';
import { dynamicBatchMatMul, dynamicMatMul } from '../../src/reference/dynamic-products.js';
import {
  ACTIVATIONS,
  dynamicParams,
  largestInt16,
  quantizeRows,
} from '../../src/reference/dynamic-quantize.js';
import type { Geometry } from '../../src/reference/geometry.js';
import { productSums } from '../../src/reference/sums.js';

const OPEN = { clampMin: -Infinity, clampMax: Infinity };
const ONE = new Float32Array([1]);

describe('dynamic quantization: references', () => {
  describe('uint8', () => {
    let cases: readonly GoldenCase[] = [];
    before(function () {
      cases = needGolden(this, 'a04b_onnx_quantized_ops').cases.filter(({ name }) => name.startsWith('dql_'));
    });

    it("is ONNX Runtime's DynamicQuantizeLinear: scale, zero point and every number exactly", () => {
      expect(cases).to.have.length.above(8);
      for (const { name, inputs, outputs } of cases) {
        const x = Float32Array.from(goldenTensor(inputs, 'x').data);
        const rows = quantizeRows(x, x.length, { mode: 'row', activation: 'uint8' });
        const zeroPoint = rows.zeroPoints[0] as number;
        expect(rows.scales[0], name).to.equal(goldenTensor(outputs, 'y_scale').data[0]);
        expect(zeroPoint, name).to.equal(goldenTensor(outputs, 'y_zero_point').data[0]);
        expect(
          Array.from(rows.values, (value) => value + zeroPoint),
          name,
        ).to.deep.equal(goldenTensor(outputs, 'y').data);
      }
    });
  });

  describe('uint7', () => {
    let cases: readonly GoldenCase[] = [];
    before(function () {
      cases = needGolden(this, 'a04a_torch_quantization').cases.filter(({ name }) => name.startsWith('dyn_'));
    });

    it("is PyTorch's dynamic linear on fbgemm: whole numbers and sums exactly, outputs within 1e-6 of the largest", () => {
      expect(cases).to.have.length.above(7);
      for (const { name, inputs, outputs } of cases) {
        const { data, shape } = goldenTensor(inputs, 'x');
        const [m, k] = shape as [number, number];
        const weights = goldenTensor(outputs, 'weight_q');
        const n = weights.shape[0] as number;
        const w = transposed(Int8Array.from(weights.data), n, k);
        const x = Float32Array.from(data);
        const options = { mode: 'tensor', activation: 'uint7' } as const;
        const { values, scales, zeroPoints } = quantizeRows(x, k, options);
        expect(scales[0], name).to.equal(Math.fround(Number(outputs['activation_scale_reduce_range'])));
        expect(zeroPoints[0], name).to.equal(outputs['activation_zero_point_reduce_range']);
        expect(
          Array.from(values, (value) => value + (zeroPoints[0] as number)),
          name,
        ).to.deep.equal(goldenTensor(outputs, 'activation_q_recomputed').data);
        expect(
          [...productSums(values, 0, w, undefined, { rows: m, inner: k, columns: n })],
          name,
        ).to.deep.equal(goldenTensor(outputs, 'accumulator_recomputed').data);
        const scale = outputs['weight_scale'];
        const bias = inputs['bias'] === null ? undefined : goldenTensor(inputs, 'bias').data;
        const y = dynamicMatMul(x, w, { k, n }, options, {
          ...OPEN,
          scales: Float32Array.from(
            typeof scale === 'number' ? [scale] : goldenTensor(outputs, 'weight_scale').data,
          ),
          ...(bias && { bias: Float32Array.from(bias) }),
        });
        const expected = goldenTensor(outputs, 'output').data;
        const largest = Math.max(1, ...expected.map(Math.abs));
        y.forEach((value, i) =>
          expect(value, `${name} ${i}`).to.be.closeTo(expected[i] as number, 1e-6 * largest),
        );
      }
    });

    it('widens steps that are too small for products of scales, as PyTorch does', () => {
      expect(dynamicParams(0, 1e-4, 'uint7')).to.deep.equal({ scale: Math.fround(6.1e-5), zeroPoint: 0 });
      expect(dynamicParams(-1e-4, 0, 'uint7')).to.deep.equal({ scale: Math.fround(6.1e-5), zeroPoint: 127 });
      // (0 + 1e-4) / (4e-4) of 127 steps lie below 0, whatever the step is.
      expect(dynamicParams(-1e-4, 3e-4, 'uint7')).to.deep.equal({
        scale: Math.fround(6.1e-5),
        zeroPoint: 32,
      });
    });
  });

  it('sums as MatMulInteger of ONNX Runtime does, exactly', function () {
    const cases = needGolden(this, 'a04b_onnx_quantized_ops').cases.filter(
      ({ name, inputs }) => name.startsWith('mmi_') && typeof inputs['b_zero_point'] !== 'object',
    );
    expect(cases).to.have.length.above(7);
    for (const { name, inputs, outputs } of cases) {
      const [a, b] = [goldenTensor(inputs, 'a'), goldenTensor(inputs, 'b')];
      const less = (data: readonly number[], zero: unknown): Int16Array =>
        Int16Array.from(data, (q) => q - Number(zero ?? 0));
      const sums = productSums(
        less(a.data, inputs['a_zero_point']),
        0,
        less(b.data, inputs['b_zero_point']),
        undefined,
        { rows: a.shape[0] as number, inner: a.shape[1] as number, columns: b.shape[1] as number },
      );
      expect([...sums], name).to.deep.equal(goldenTensor(outputs, 'y').data);
    }
  });

  for (const activation of ACTIVATIONS) {
    describe(`of ${activation}`, () => {
      const row = { mode: 'row', activation } as const;
      const tensor = { mode: 'tensor', activation } as const;

      it('gives the bias, exactly, where all is 0', () => {
        const bias = new Float32Array([0.1, -7]);
        const y = dynamicMatMul(
          new Float32Array(6),
          Int8Array.from([1, -2, 3, 4, 127, -127]),
          { k: 3, n: 2 },
          row,
          {
            ...OPEN,
            scales: new Float32Array([3, 5]),
            bias,
          },
        );
        expect([...y]).to.deep.equal([...bias, ...bias]);
      });

      it('makes NaN of rows with NaN or infinities, and of no others', () => {
        for (const odd of [NaN, Infinity, -Infinity]) {
          const x = new Float32Array([1, 2, odd, -3, 4, 0.5]);
          for (const options of [row, tensor]) {
            const epilogue = { ...OPEN, scales: ONE, clampMin: 0, clampMax: 6 };
            const y = dynamicMatMul(x, Int8Array.from([1, 1]), { k: 2, n: 1 }, options, epilogue);
            expect(y[1]).to.be.NaN;
            const others = new Float32Array([1, 2, 4, 0.5]);
            const alone = dynamicMatMul(others, Int8Array.from([1, 1]), { k: 2, n: 1 }, options, epilogue);
            expect([y[0], y[2]]).to.deep.equal([...alone]);
          }
        }
      });

      it('has finite steps for the largest and the smallest floats', () => {
        for (const [low, high] of [
          [-3.4e38, 3.4e38],
          [0, 1.4e-45],
          [-1.4e-45, 0],
          [-1e-39, 1e-39],
        ] as const) {
          const { scale, zeroPoint } = dynamicParams(low, high, activation);
          expect(scale).to.be.above(0).and.below(Infinity);
          expect(zeroPoint).to.satisfy(Number.isInteger);
        }
      });

      it('does not let one row change another where each has its own range', () => {
        const [small, large] = [
          [0.1, -0.2, 0.3],
          [1000, -2000, 3000],
        ];
        const w = Int8Array.from([1, 2, 3]);
        const product = (x: readonly number[]): number =>
          dynamicMatMul(Float32Array.from(x), w, { k: 3, n: 1 }, row, { ...OPEN, scales: ONE })[0] as number;
        expect(product([...small, ...large])).to.equal(product(small));
      });

      it('stays within half a step of each value: |Δy| ≤ k · 127 · scale / 2 of unit weights', () => {
        const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(3 * i) * 5 - 1);
        const w = Int8Array.from({ length: 64 }, (_, i) => ((i * 37) % 255) - 127);
        const [y] = dynamicMatMul(x, w, { k: 64, n: 1 }, row, { ...OPEN, scales: ONE }) as unknown as [
          number,
        ];
        const exact = x.reduce((sum, value, i) => sum + value * (w[i] as number), 0);
        const largest = activation === 'int16' ? largestInt16(64) : 127;
        const { scale } = dynamicParams(Math.min(...x), Math.max(...x), activation, largest);
        const sizes = w.reduce((sum, value) => sum + Math.abs(value), 0);
        // The zero point is rounded, too, which may clip the ends of an affine range by half a step more.
        expect(Math.abs(y - exact)).to.be.below((scale / 2) * sizes + 1e-4);
      });
    });
  }

  describe('int16: sums that stay within int32', () => {
    /** The numbers of largest absolute value that a row of `size` can have, with a sign for each of them. */
    const extremes = (size: number, sign: (i: number) => number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => sign(i) * 5.5);
    const sumOf = (a: ArrayLike<number>, b: ArrayLike<number>): bigint =>
      Array.from(a).reduce((sum, value, i) => sum + BigInt(value) * BigInt(b[i] as number), 0n);
    const asFloat = (sum: bigint, ...factors: number[]): number =>
      Math.fround(Math.fround(Number(sum)) * Math.fround(factors.reduce((a, b) => a * b, 1)));

    for (const [k, largest] of [
      [1, 32767],
      [512, 32767],
      [513, 32704],
      [1024, 16383],
      [4608, 3640],
    ] as const) {
      it(`${k} products with weights: numbers up to ±${largest}, equal to sums of BigInt, exactly`, () => {
        expect(largestInt16(k)).to.equal(largest);
        for (const sign of [() => 1, () => -1, (i: number) => (i % 3 === 0 ? -1 : 1)]) {
          const x = extremes(k, sign);
          const row = { mode: 'row', activation: 'int16' } as const;
          const { values, scales } = quantizeRows(x, k, row, largest);
          const scale = scales[0] as number;
          expect(scale).to.equal(Math.fround(5.5 / largest));
          expect(Math.max(...values.map(Math.abs))).to.equal(largest);
          for (const weight of [-128, 127]) {
            const w = new Int8Array(k).fill(weight);
            const [y] = dynamicMatMul(x, w, { k, n: 1 }, row, { ...OPEN, scales: new Float32Array([0.5]) });
            expect(y).to.equal(asFloat(sumOf(values, w), scale, 0.5));
          }
        }
      });
    }

    it('has no fewer numbers than int8, however many products are summed', () => {
      expect(largestInt16(131_072)).to.equal(127);
      expect(largestInt16(1e7)).to.equal(127);
      expect(largestInt16(1e7, true)).to.equal(127);
    });

    for (const [k, largest] of [
      [1, 32767],
      [2, 32767],
      [3, 26754],
      [64, 5792],
    ] as const) {
      it(`${k} products of two activations: numbers up to ±${largest}, equal to sums of BigInt, exactly`, () => {
        expect(largestInt16(k, true)).to.equal(largest);
        const row = { mode: 'row', activation: 'int16' } as const;
        for (const sign of [1, -1]) {
          const [a, b] = [extremes(k, () => sign), extremes(k, () => 1)];
          const [left, right] = [quantizeRows(a, k, row, largest), quantizeRows(b, k, row, largest)];
          const [y] = dynamicBatchMatMul(a, b, { m: 1, k, n: 1 }, [[0, 0]], row);
          const factors = [left.scales[0] as number, right.scales[0] as number];
          expect(y).to.equal(asFloat(sumOf(left.values, right.values), ...factors));
        }
      });
    }

    it('counts the products of a window: those of a group of a convolution', () => {
      const one = { strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, top: 0, left: 0 };
      const size = { batch: 1, inHeight: 3, inWidth: 3, windowHeight: 3, windowWidth: 3 };
      for (const [inChannels, groups] of [
        [114, 1],
        [114, 2],
        [114, 114],
      ] as const) {
        const terms = (9 * inChannels) / groups;
        const x = extremes(9 * inChannels, () => 1);
        const filter = new Int8Array(terms * groups).fill(-128);
        const geometry: Geometry = { ...one, ...size, inChannels, outHeight: 1, outWidth: 1 };
        const row = { mode: 'row', activation: 'int16' } as const;
        const y = dynamicConv2D(x, filter, geometry, { groups, outputs: groups }, row, {
          ...OPEN,
          scales: ONE,
        });
        const largest = largestInt16(terms);
        const exact = asFloat(BigInt(terms * -128) * BigInt(largest), Math.fround(5.5 / largest));
        expect([...y]).to.deep.equal(Array.from({ length: groups }, () => exact));
      }
    });

    it('has steps 256 times as fine as those of int8, and more', () => {
      const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(3 * i) * 5 - 1);
      const error = (activation: 'int8' | 'int16'): number => {
        const { values, scales } = quantizeRows(x, 64, { mode: 'row', activation }, largestInt16(64));
        return Math.max(
          ...x.map((value, i) => Math.abs(value - (values[i] as number) * (scales[0] as number))),
        );
      };
      expect(error('int16')).to.be.below(error('int8') / 200);
    });
  });

  it('equals the product of two matrices in BatchMatMul, by pairs of batches', () => {
    const a = Float32Array.from({ length: 12 }, (_, i) => i - 5);
    // [n, k] of one batch: columns of b lie together.
    const b = Float32Array.from({ length: 6 }, (_, i) => i / 2 - 1);
    const sizes = { m: 2, k: 3, n: 2 };
    const options = { mode: 'row', activation: 'int8' } as const;
    const y = dynamicBatchMatMul(
      a,
      b,
      sizes,
      [
        [0, 0],
        [1, 0],
      ],
      options,
    );
    y.forEach((value, at) => {
      const [batch, m, n] = [at >> 2, (at >> 1) & 1, at & 1];
      let exact = 0;
      for (let k = 0; k < 3; k++) exact += (a[batch * 6 + m * 3 + k] as number) * (b[n * 3 + k] as number);
      expect(value).to.be.closeTo(exact, 0.25);
    });
  });

  describe('convolutions', () => {
    const geometry: Geometry = {
      ...{ batch: 2, inHeight: 5, inWidth: 4, inChannels: 4, windowHeight: 3, windowWidth: 2 },
      ...{ strideHeight: 2, strideWidth: 1, dilationHeight: 1, dilationWidth: 2, top: 1, left: 1 },
      ...{ outHeight: 3, outWidth: 4 },
    };
    const x = Float32Array.from({ length: 2 * 5 * 4 * 4 }, (_, i) => ((i * 29) % 255) - 127);
    // So that all rows have the steps 1 and 2 and lose nothing.
    x.set([127, -127], 0);
    x.set([254, 0], 80);
    for (let i = 82; i < 160; i++) x[i] = (x[i] as number) * 2;

    it('equal sums over windows written out plainly, exactly, with groups, strides, dilations and padding', () => {
      for (const inputs of [4, 2, 1]) {
        const outputs = 8;
        const filter = Int8Array.from({ length: 3 * 2 * inputs * outputs }, (_, i) => ((i * 53) % 255) - 127);
        const y = dynamicConv2D(
          x,
          filter,
          geometry,
          { groups: 4 / inputs, outputs },
          { mode: 'row', activation: 'int8' },
          {
            ...OPEN,
            scales: ONE,
          },
        );
        const exact = plainConv(x, filter, geometry, inputs, outputs);
        expect([...y]).to.deep.equal(exact);
      }
    });
  });
});

function transposed(values: Int8Array, rows: number, columns: number): Int8Array {
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)] as number);
}

/** Sums over windows, each output by itself. */
function plainConv(
  x: Float32Array,
  filter: Int8Array,
  geometry: Geometry,
  inputs: number,
  outputs: number,
): number[] {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  const each = (outputs * inputs) / inChannels;
  const result: number[] = [];
  for (let at = 0; at < batch * outHeight * outWidth * outputs; at++) {
    const out = at % outputs;
    const column = Math.floor(at / outputs) % outWidth;
    const row = Math.floor(at / (outputs * outWidth)) % outHeight;
    const example = Math.floor(at / (outputs * outWidth * outHeight));
    let sum = 0;
    for (let tap = 0; tap < windowHeight * windowWidth * inputs; tap++) {
      const input = tap % inputs;
      const j = Math.floor(tap / inputs) % windowWidth;
      const i = Math.floor(tap / (inputs * windowWidth));
      const y = row * strideHeight - top + i * dilationHeight;
      const z = column * strideWidth - left + j * dilationWidth;
      if (y < 0 || y >= inHeight || z < 0 || z >= inWidth) continue;
      const channel = Math.floor(out / each) * inputs + input;
      const value = x[((example * inHeight + y) * inWidth + z) * inChannels + channel] as number;
      sum += value * (filter[tap * outputs + out] as number);
    }
    result.push(Math.fround(sum));
  }
  return result;
}
