import { useEngine } from '../support/tester.js';
import { Draws, eachForm, expectExact } from '../support/integers.js';

/** Below, at, above and a multiple of rows of a tile, of steps along K and of columns of a panel. */
const SIZES = [1, 2, 3, 5, 6, 7, 8, 9, 12, 16, 17, 25];

describe('products of two values of bytes', () => {
  before(useEngine);

  for (const [adj_x, adj_y] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const) {
    it(`BatchMatMul: each size, ${adj_x ? 'left turned' : 'left as it is'}, ${adj_y ? 'right turned' : 'right as it is'}`, () => {
      const draws = new Draws(1);
      for (const inner of SIZES) {
        for (const columns of SIZES) {
          const rows = draws.pick(...SIZES);
          const [p, q] = draws.pick<readonly [readonly number[], readonly number[]]>(
            [[], []],
            [[2], [2]],
            [[3, 2], [2]],
            [
              [1, 2],
              [3, 1],
            ],
            [[], [2]],
          );
          const [a_scale, b_scale] = [draws.scale(), draws.scale()];
          eachForm((form) => {
            const b = draws.values(
              [...q, ...(adj_y ? [columns, inner] : [inner, columns])],
              -form.largest - 1 === -64 ? -63 : -128,
              form.largest,
            );
            expectExact(
              form,
              'BatchMatMul',
              { a: draws.values([...p, ...(adj_x ? [inner, rows] : [rows, inner])]), b },
              {
                ...{ a_scale, b_scale, adj_x, adj_y },
                a_zero_point: draws.zeroPoint(),
                b_zero_point: draws.pick(0, draws.zeroPoint()),
                y_scale: a_scale * b_scale * Math.sqrt(inner) * 60,
                ...draws.ends(),
              },
            );
          });
        }
      }
    });
  }

  it('BatchMatMul: the largest sums', () => {
    for (const [a, b] of [
      [-128, -128],
      [127, -128],
      [-128, 127],
      [127, 127],
    ] as const) {
      for (const [a_zero_point, b_zero_point] of [
        [-128, -128],
        [127, 127],
        [127, -128],
      ]) {
        eachForm((form) => {
          const value = Math.max(-form.largest - 1, Math.min(b, form.largest));
          if (form.largest < 127 && value < -63) return;
          const fill = (shape: readonly number[], each: number) => ({
            shape,
            data: new Array<number>(7 * 300).fill(each),
          });
          const attrs = {
            a_scale: 0.1,
            b_scale: 0.1,
            y_scale: 100,
            a_zero_point,
            b_zero_point,
            y_zero_point: -3,
          };
          expectExact(form, 'BatchMatMul', { a: fill([7, 300], a), b: fill([300, 7], value) }, attrs);
        });
      }
    }
  });
});
