import type { Random } from '@tfjs-optimize/core';
import * as fc from 'fast-check';
import {
  begins,
  biasOf,
  end,
  outShape,
  pairQuant,
  quant,
  RUNS,
  same,
  scalesOf,
  seeds,
  slideAttrs,
  slides,
  small,
} from './cases.js';
import { at, exactEnd, fill, spread } from './exact.js';
import { int8s, ints, runOp, scale, vector, type Given } from './run.js';

/**
 * Tests of convolutions and products on the present backend, element by element against whole numbers of any size.
 * @param largest magnitude of weights when a test runs: an engine may be exact for small ones alone.
 */
export function productLaws(largest: () => number = () => 127): void {
  const weights = (random: Random, shape: readonly number[]): Given =>
    int8s(random, shape, -largest(), largest());
  /** The right one of two activations, which stands where weights do. */
  const right = (random: Random, shape: readonly number[]): Given =>
    largest() < 127 ? weights(random, shape) : int8s(random, shape);

  it('Conv2D with strides, dilations, every padding, groups, zero points at the ends', () => {
    const images = fc.tuple(small(1, 2), small(1, 7), small(1, 7));
    fc.assert(
      fc.property(
        seeds,
        images,
        fc.tuple(small(1, 3), small(1, 3)),
        fc.tuple(small(1, 3), small(1, 3), small(1, 3)),
        slides,
        (random, [n, h, w], [kh, kw], [groups, ci, co], slide) => {
          const q = quant(random, Math.sqrt(kh * kw * ci));
          const channels = groups * co;
          const x = int8s(random, [n, h, w, groups * ci]);
          const f = weights(random, [kh, kw, ci, channels]);
          const scales = scalesOf(random, channels);
          const bias = biasOf(random, channels);
          const [ys, xs] = [begins(h, kh, slide, 0), begins(w, kw, slide, 1)];
          const wanted = fill([n, ys.length, xs.length, channels], (b, oy, ox, k) => {
            let sum = bias[0]?.data[k] ?? 0;
            for (let i = 0; i < kh; i++)
              for (let j = 0; j < kw; j++)
                for (let c = 0; c < ci; c++) {
                  const from = at(
                    x,
                    b,
                    (ys[oy] as number) + i * slide.dilation[0],
                    (xs[ox] as number) + j * slide.dilation[1],
                    Math.floor(k / co) * ci + c,
                  );
                  // Padding counts as the zero point.
                  sum += ((from ?? q.x_zero_point) - q.x_zero_point) * (at(f, i, j, c, k) as number);
                }
            return end(sum, (q.x_scale * Math.fround(scales.data[k] as number)) / q.y_scale, q);
          });
          same(runOp('Conv2D', [x, f, scales, ...bias], { ...q, ...slideAttrs(slide) }), wanted);
        },
      ),
      RUNS,
    );
  });

  it('DepthwiseConv2D with one and more filters for each channel', () => {
    const images = fc.tuple(small(1, 2), small(1, 7), small(1, 7), small(1, 4));
    fc.assert(
      fc.property(
        seeds,
        images,
        fc.tuple(small(1, 3), small(1, 3), small(1, 3)),
        slides,
        (random, [n, h, w, ch], [kh, kw, m], slide) => {
          const q = quant(random, Math.sqrt(kh * kw));
          const x = int8s(random, [n, h, w, ch]);
          const f = weights(random, [kh, kw, ch, m]);
          const scales = scalesOf(random, ch * m);
          const bias = biasOf(random, ch * m);
          const [ys, xs] = [begins(h, kh, slide, 0), begins(w, kw, slide, 1)];
          const wanted = fill([n, ys.length, xs.length, ch * m], (b, oy, ox, k) => {
            let sum = bias[0]?.data[k] ?? 0;
            for (let i = 0; i < kh; i++)
              for (let j = 0; j < kw; j++) {
                const c = Math.floor(k / m);
                const from = at(
                  x,
                  b,
                  (ys[oy] as number) + i * slide.dilation[0],
                  (xs[ox] as number) + j * slide.dilation[1],
                  c,
                );
                sum += ((from ?? q.x_zero_point) - q.x_zero_point) * (at(f, i, j, c, k % m) as number);
              }
            return end(sum, (q.x_scale * (scales.data[k] as number)) / q.y_scale, q);
          });
          same(runOp('DepthwiseConv2D', [x, f, scales, ...bias], { ...q, ...slideAttrs(slide) }), wanted);
        },
      ),
      RUNS,
    );
  });

  it('MatMul of sums at the ends of int32, which are hardly made smaller', () => {
    const [first, last] = [-(2 ** 31), 2 ** 31 - 1];
    const q = { ...{ x_scale: 1, x_zero_point: 0, y_scale: 1 }, ...{ clamp_min: -128, clamp_max: 127 } };
    for (const y_zero_point of [-128, 0, 127]) {
      const bias = ints({ shape: [4], data: [first, first + 1, last - 1, last] });
      const nearOne = vector(new Array<number>(4).fill(1 - 2 ** -24));
      const wanted = fill([1, 4], (_, j) => (j < 2 ? -128 : 127));
      const given = [
        ints({ shape: [1, 1], data: [0] }),
        ints({ shape: [1, 4], data: [1, 1, 1, 1] }),
      ] as const;
      same(runOp('MatMul', [...given, nearOne, bias], { ...q, y_zero_point }), wanted);
    }
  });

  it('MatMul with a scale for each column or one for all', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(small(1, 3), { maxLength: 2 }),
        small(0, 9),
        small(1, 5),
        fc.boolean(),
        (random, rows, k, n, isOne) => {
          const q = quant(random, Math.sqrt(Math.max(k, 1)));
          const x = int8s(random, [...rows, k]);
          const w = weights(random, [k, n]);
          const scales = isOne ? vector([scale(random)]) : scalesOf(random, n);
          const bias = biasOf(random, n);
          const wanted = fill([...rows, n], (...index) => {
            const column = index.at(-1) as number;
            let sum = bias[0]?.data[column] ?? 0;
            for (let c = 0; c < k; c++)
              sum +=
                ((at(x, ...index.slice(0, -1), c) as number) - q.x_zero_point) * (at(w, c, column) as number);
            const one = scales.data.length === 1;
            const product = q.x_scale * (scales.data[one ? 0 : column] as number);
            return end(sum, (one ? Math.fround(product) : product) / q.y_scale, q);
          });
          same(runOp('MatMul', [x, w, scales, ...bias], { ...q }), wanted);
        },
      ),
      RUNS,
    );
  });

  it('BatchMatMul, either side turned, batches broadcast', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.tuple(small(1, 4), small(1, 6), small(1, 4)),
        fc.constantFrom<[number[], number[]]>(
          [[], []],
          [[2], [2]],
          [[3, 2], [2]],
          [
            [1, 2],
            [3, 1],
          ],
          [[], [2]],
        ),
        fc.boolean(),
        fc.boolean(),
        (random, [m, k, n], [aBatch, bBatch], adj_x, adj_y) => {
          const q = pairQuant(random, k);
          const a = int8s(random, [...aBatch, ...(adj_x ? [k, m] : [m, k])]);
          const b = right(random, [...bBatch, ...(adj_y ? [n, k] : [k, n])]);
          const real = Math.fround(q.a_scale * q.b_scale) / q.y_scale;
          const batch = outShape(aBatch, bBatch);
          const wanted = fill([...batch, m, n], (...index) => {
            const outer = index.slice(0, -2);
            const [i, j] = index.slice(-2) as [number, number];
            let sum = 0;
            for (let c = 0; c < k; c++) {
              const p = spread(a, [...outer, ...(adj_x ? [c, i] : [i, c])]);
              const r = spread(b, [...outer, ...(adj_y ? [j, c] : [c, j])]);
              sum += (p - q.a_zero_point) * (r - q.b_zero_point);
            }
            return exactEnd(sum, real, q.y_zero_point, q.clamp_min, q.clamp_max);
          });
          same(runOp('BatchMatMul', [a, b], { ...q, adj_x, adj_y }), wanted);
        },
      ),
      RUNS,
    );
  });
}
