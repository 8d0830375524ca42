import { Random, type PlainAttrs } from '@tfjs-optimize/core';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { exactEnd, fill, type Grid } from './exact.js';
import { ints, scale, vector, zeroPoint, type Given } from './run.js';

/** Runs of each property; a failing one prints the seed that repeats it. */
export const RUNS = { numRuns: 60 };

export const small = (min: number, max: number) => fc.integer({ min, max });
export const seeds = fc.integer({ min: 0, max: 2 ** 30 }).map((seed) => Random.of(seed));

export const slides = fc.record({
  stride: fc.tuple(small(1, 3), small(1, 3)),
  dilation: fc.tuple(small(1, 3), small(1, 2)),
  padding: fc.constantFrom('SAME' as const, 'VALID' as const, 'EXPLICIT' as const),
  explicit: fc.tuple(small(0, 3), small(0, 3), small(0, 3), small(0, 3)),
});
export interface Slide {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: 'SAME' | 'VALID' | 'EXPLICIT';
  readonly explicit: readonly [number, number, number, number];
}

export const slideAttrs = ({ stride, dilation, padding, explicit }: Slide): PlainAttrs => ({
  strides: [1, ...stride, 1],
  dilations: [1, ...dilation, 1],
  padding,
  ...(padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, ...explicit, 0, 0] } : {}),
});

/** Rows or columns of the result, and where each one's window begins. */
export function begins(input: number, window: number, slide: Slide, axis: 0 | 1): number[] {
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

export interface Quant {
  readonly x_scale: number;
  readonly x_zero_point: number;
  readonly y_scale: number;
  readonly y_zero_point: number;
  readonly clamp_min: number;
  readonly clamp_max: number;
}

export function quant(random: Random, gain: number): Quant {
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

export const end = (sum: number, real: number, q: Quant): number =>
  exactEnd(sum, real, q.y_zero_point, q.clamp_min, q.clamp_max);

export const biasOf = (random: Random, size: number): Given[] =>
  random.uniform() < 0.3 ? [] : [ints(fill([size], () => Math.floor((random.uniform() - 0.5) * 20000)))];

export const scalesOf = (random: Random, size: number): Given =>
  vector(Array.from({ length: size }, (_, i) => (i === 1 ? 0 : scale(random))));

export function same(got: Grid, wanted: Grid): void {
  expect(got.shape).to.deep.equal(wanted.shape);
  expect(got.data).to.deep.equal(wanted.data);
}

/** The shape that two are broadcast to. */
export const outShape = (a: readonly number[], b: readonly number[]): number[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
  );
};

export function pairQuant(random: Random, inner: number, isProduct = true) {
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
