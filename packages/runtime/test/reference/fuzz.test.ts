import { Random, type PlainAttrs } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { at, exactEnd, exactMultiplier, exactMultiply, fill, spread, type Grid } from '../support/exact.js';
import { int8s, ints, runOp, scale, vector, zeroPoint, type Given } from '../support/run.js';

/** Runs of each property; a failing one prints the seed that repeats it. */
const RUNS = { numRuns: 60 };

const small = (min: number, max: number) => fc.integer({ min, max });
const seeds = fc.integer({ min: 0, max: 2 ** 30 }).map((seed) => Random.of(seed));

const slides = fc.record({
  stride: fc.tuple(small(1, 3), small(1, 3)),
  dilation: fc.tuple(small(1, 3), small(1, 2)),
  padding: fc.constantFrom('SAME' as const, 'VALID' as const, 'EXPLICIT' as const),
  explicit: fc.tuple(small(0, 3), small(0, 3), small(0, 3), small(0, 3)),
});
interface Slide {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: 'SAME' | 'VALID' | 'EXPLICIT';
  readonly explicit: readonly [number, number, number, number];
}

const slideAttrs = ({ stride, dilation, padding, explicit }: Slide): PlainAttrs => ({
  strides: [1, ...stride, 1],
  dilations: [1, ...dilation, 1],
  padding,
  ...(padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, ...explicit, 0, 0] } : {}),
});

/** Rows or columns of the result, and where each one's window begins. */
function begins(input: number, window: number, slide: Slide, axis: 0 | 1): number[] {
  const [stride, dilation] = [slide.stride[axis], slide.dilation[axis]];
  const span = (window - 1) * dilation + 1;
  let [before, after] = [0, 0];
  if (slide.padding === 'EXPLICIT')
    [before, after] = [slide.explicit[2 * axis] as number, slide.explicit[2 * axis + 1] as number];
  if (slide.padding === 'SAME') {
    const total = Math.max((Math.ceil(input / stride) - 1) * stride + span - input, 0);
    [before, after] = [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  const found: number[] = [];
  for (let first = -before; first + span <= input + after; first += stride) found.push(first);
  return found;
}

interface Quant {
  readonly x_scale: number;
  readonly x_zero_point: number;
  readonly y_scale: number;
  readonly y_zero_point: number;
  readonly clamp_min: number;
  readonly clamp_max: number;
}

function quant(random: Random, gain: number): Quant {
  const x_scale = scale(random);
  const ends = [zeroPoint(random), zeroPoint(random)].sort((p, q) => p - q);
  const isClamped = random.uniform() < 0.3;
  return {
    x_scale,
    x_zero_point: zeroPoint(random),
    // Results spread over int8 and beyond.
    y_scale: Math.fround(x_scale * gain * 2 ** (2 * random.uniform() - 1)),
    y_zero_point: zeroPoint(random),
    clamp_min: isClamped ? (ends[0] as number) : -128,
    clamp_max: isClamped ? (ends[1] as number) : 127,
  };
}

const end = (sum: number, real: number, q: Quant): number =>
  exactEnd(sum, real, q.y_zero_point, q.clamp_min, q.clamp_max);

const biasOf = (random: Random, size: number): Given[] =>
  random.uniform() < 0.3 ? [] : [ints(fill([size], () => Math.floor((random.uniform() - 0.5) * 20000)))];

const scalesOf = (random: Random, size: number): Given =>
  vector(Array.from({ length: size }, (_, i) => (i === 1 ? 0 : scale(random))));

function same(got: Grid, wanted: Grid): void {
  expect(got.shape).to.deep.equal(wanted.shape);
  expect(got.data).to.deep.equal(wanted.data);
}

/** The shape that two are broadcast to. */
const outShape = (a: readonly number[], b: readonly number[]): number[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
  );
};

describe('integer ops, element by element against whole numbers of any size', () => {
  before(() => tf.setBackend('cpu'));

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
          const f = int8s(random, [kh, kw, ci, channels], -127);
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
          const f = int8s(random, [kh, kw, ch, m], -127);
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

  it('MatMul with a scale for each column or one for all', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(small(1, 3), { maxLength: 2 }),
        small(1, 9),
        small(1, 5),
        fc.boolean(),
        (random, rows, k, n, isOne) => {
          const q = quant(random, Math.sqrt(k));
          const x = int8s(random, [...rows, k]);
          const w = int8s(random, [k, n], -127);
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
          const b = int8s(random, [...bBatch, ...(adj_y ? [n, k] : [k, n])]);
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

  const shapes = fc.constantFrom<[number[], number[]]>(
    [[5], [5]],
    [[2, 3, 4], [4]],
    [[], [3]],
    [
      [3, 1],
      [1, 4],
    ],
    [
      [2, 1, 3],
      [5, 1],
    ],
    [[1], []],
  );
  for (const op of ['Add', 'Sub', 'Mul'] as const) {
    it(`${op}, broadcast`, () => {
      fc.assert(
        fc.property(seeds, shapes, (random, [p, r]) => {
          const q = pairQuant(random, 1, op === 'Mul');
          const [a, b] = [int8s(random, p), int8s(random, r)];
          const wanted = fill(outShape(p, r), (...index) => {
            const [i, j] = [spread(a, index) - q.a_zero_point, spread(b, index) - q.b_zero_point];
            if (op === 'Mul') {
              return exactEnd(
                i * j,
                Math.fround(Math.fround(q.a_scale * q.b_scale) / q.y_scale),
                q.y_zero_point,
                q.clamp_min,
                q.clamp_max,
              );
            }
            const common = 2 * Math.max(q.a_scale, q.b_scale);
            const [s, t] = [exactMultiplier(q.a_scale / common), exactMultiplier(q.b_scale / common)];
            const left = exactMultiply(i * 2 ** 20, s.value, s.shift);
            const right = exactMultiply(j * 2 ** 20, t.value, t.shift);
            const sum = op === 'Add' ? left + right : left - right;
            return exactEnd(sum, common / (2 ** 20 * q.y_scale), q.y_zero_point, q.clamp_min, q.clamp_max);
          });
          same(runOp(op, [a, b], { ...q }), wanted);
        }),
        RUNS,
      );
    });
  }

  for (const op of ['AvgPool', 'MaxPool'] as const) {
    it(`${op} with strides and every padding`, () => {
      fc.assert(
        fc.property(
          seeds,
          fc.tuple(small(1, 2), small(1, 7), small(1, 7), small(1, 3)),
          fc.tuple(small(1, 4), small(1, 4)),
          slides,
          (random, [n, h, w, c], [kh, kw], given) => {
            const slide: Slide = {
              ...given,
              dilation: [1, 1],
              explicit: [
                given.explicit[0] % kh,
                given.explicit[1] % kh,
                given.explicit[2] % kw,
                given.explicit[3] % kw,
              ],
            };
            const x = int8s(random, [n, h, w, c]);
            const [ys, xs] = [begins(h, kh, slide, 0), begins(w, kw, slide, 1)];
            const wanted = fill([n, ys.length, xs.length, c], (b, oy, ox, k) => {
              const seen: number[] = [];
              for (let i = 0; i < kh; i++)
                for (let j = 0; j < kw; j++) {
                  const value = at(x, b, (ys[oy] as number) + i, (xs[ox] as number) + j, k);
                  if (value !== undefined) seen.push(value);
                }
              if (op === 'MaxPool') return Math.max(...seen);
              const mean = seen.reduce((p, r) => p + r, 0) / seen.length;
              return Math.sign(mean) * Math.round(Math.abs(mean)) + 0;
            });
            const { dilations: _, ...attrs } = slideAttrs(slide);
            same(runOp(op, [x], { ...attrs, ksize: [1, kh, kw, 1] }), wanted);
          },
        ),
        RUNS,
      );
    });
  }

  it('Mean over any axes', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(small(1, 4), { minLength: 1, maxLength: 4 }),
        fc.subarray([0, 1, 2, 3], { minLength: 1 }),
        fc.boolean(),
        fc.boolean(),
        (random, shape, some, keep_dims, isNegative) => {
          const axes = [...new Set(some.map((axis) => axis % shape.length))];
          const q = quant(random, 0.5);
          const x = int8s(random, shape);
          const count = axes.reduce((product, axis) => product * (shape[axis] as number), 1);
          const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
          const sums = fill(kept, (...index) => {
            let sum = 0;
            fill(shape, (...from) => {
              if (from.every((i, axis) => axes.includes(axis) || i === index[axis]))
                sum += (at(x, ...from) as number) - q.x_zero_point;
              return 0;
            });
            return end(sum, q.x_scale / q.y_scale / count, q);
          });
          const wanted = keep_dims
            ? sums
            : { ...sums, shape: shape.filter((_, axis) => !axes.includes(axis)) };
          const given = isNegative ? axes.map((axis) => axis - shape.length) : axes;
          same(runOp('Mean', [x], { ...q, axes: given, keep_dims }), wanted);
        },
      ),
      RUNS,
    );
  });

  it('Requantize', () => {
    fc.assert(
      fc.property(seeds, (random) => {
        const q = quant(random, 1);
        const x = int8s(random, [40]);
        same(
          runOp('Requantize', [x], { ...q }),
          fill([40], (i) => end((at(x, i) as number) - q.x_zero_point, q.x_scale / q.y_scale, q)),
        );
      }),
      RUNS,
    );
  });
});

function pairQuant(random: Random, inner: number, isProduct = true) {
  const { clamp_min, clamp_max, y_zero_point } = quant(random, 1);
  const [a_scale, b_scale] = [scale(random), scale(random)];
  const size = isProduct ? a_scale * b_scale * 100 * Math.sqrt(inner) : Math.max(a_scale, b_scale);
  return {
    a_scale,
    b_scale,
    a_zero_point: zeroPoint(random),
    b_zero_point: zeroPoint(random),
    y_scale: Math.fround(size * 2 ** (3 * random.uniform() - 1)),
    y_zero_point,
    clamp_min,
    clamp_max,
  };
}
