import { useEngine } from '../support/tester.js';
import { Draws, eachForm, expectExact } from '../support/integers.js';

/** Below, at, above and a multiple of a vector. */
const SIZES = [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 48, 500];

/** Every pair of int8 values. */
const ALL = Array.from({ length: 65536 }, (_, i) => i);
const LEFT = { shape: [65536], data: ALL.map((i) => (i >> 8) - 128) };
const RIGHT = { shape: [65536], data: ALL.map((i) => (i & 255) - 128) };

/** Scales that make many halves, sums that pass every end, operands that come to nothing. */
const SCALES = [
  [1, 1, 1],
  [0.5, 0.5, 1],
  [0.25, 1, 2],
  [1, 1, 3],
  [0.1, 0.3, 0.2],
  [0.01, 0.0123, 0.0171],
  [1, 2 ** -12, 1.5],
  [2 ** -30, 1, 0.7],
  [100, 33, 0.5],
  [2 ** 10, 1, 2 ** -8],
  [2 ** 20, 2 ** 19, 2 ** -10],
  [2 ** -20, 2 ** -21, 1],
  [0.9999, 0.00001, 1],
] as const;

const SHAPES = [
  [[5], [5]],
  [[2, 3, 40], [40]],
  [[], [33]],
  [
    [3, 1],
    [1, 40],
  ],
  [
    [2, 1, 3],
    [5, 1],
  ],
  [[1], []],
  [
    [2, 5, 4, 19],
    [2, 1, 1, 19],
  ],
  [
    [1, 1, 17],
    [4, 6, 1],
  ],
  [[0], [1]],
] as const;

describe('sums and products of bytes', () => {
  before(useEngine);

  for (const op of ['Add', 'Sub', 'Mul'] as const) {
    it(`${op}: every pair of values, by scales that make halves and by others`, () => {
      const draws = new Draws(1);
      for (const [a_scale, b_scale, y_scale] of SCALES) {
        for (const [a_zero_point, b_zero_point] of [
          [draws.pick(-128, 0, 127), draws.pick(-128, 0, 127)],
          [draws.zeroPoint(), draws.zeroPoint()],
        ]) {
          const attrs = { a_scale, b_scale, y_scale, a_zero_point, b_zero_point, ...draws.ends() };
          eachForm((form) => expectExact(form, op, { a: LEFT, b: RIGHT }, attrs));
        }
      }
    });

    it(`${op}: each size`, () => {
      const draws = new Draws(2);
      for (const size of SIZES) {
        const [a_scale, b_scale] = [draws.scale(), draws.scale()];
        const y_scale = op === 'Mul' ? a_scale * b_scale * 50 : Math.max(a_scale, b_scale) * 1.3;
        const zeros = { a_zero_point: draws.zeroPoint(), b_zero_point: draws.zeroPoint() };
        const attrs = { a_scale, b_scale, y_scale, ...zeros, ...draws.ends() };
        eachForm((form) =>
          expectExact(form, op, { a: draws.values([size]), b: draws.values([size]) }, attrs),
        );
      }
    });

    it(`${op}: broadcast`, () => {
      const draws = new Draws(3);
      for (const [p, q] of SHAPES) {
        const attrs = { a_scale: 0.1, b_scale: 0.07, y_scale: op === 'Mul' ? 0.5 : 0.15, ...draws.ends() };
        eachForm((form) => expectExact(form, op, { a: draws.values(p), b: draws.values(q) }, attrs));
        eachForm((form) => expectExact(form, op, { a: draws.values(q), b: draws.values(p) }, attrs));
      }
    });
  }

  it('Requantize: every value, each size', () => {
    const draws = new Draws(4);
    for (const size of [...SIZES, 1000])
      eachForm((form) => expectExact(form, 'Requantize', { q: draws.values([size]) }, draws.params(1)));
  });
});
