import { softmaxTable } from '@tfjs-optimize/runtime/format';
import { useEngine } from '../support/tester.js';
import { Draws, eachForm, expectExact, type Numbers } from '../support/integers.js';

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1000];

describe('tables and softmax of bytes', () => {
  before(useEngine);

  it('Table: every value, each size', () => {
    const draws = new Draws(1);
    for (const size of SIZES) {
      const table = draws.values([256]);
      eachForm((form) => expectExact(form, 'Table', { x: draws.values([3, size]), table }, {}));
    }
  });

  it('Softmax: each size of rows, steep and flat, of extremes', () => {
    const draws = new Draws(2);
    for (const size of SIZES) {
      for (const scale of [1, 0.1, 0.003]) {
        const table: Numbers = { shape: [256], data: [...softmaxTable(Math.fround(scale))] };
        for (const x of [
          draws.values([3, size]),
          draws.values([2, 2, size], 120),
          draws.values([2, size], -128, -128),
        ])
          eachForm((form) => expectExact(form, 'Softmax', { x, table }, {}));
      }
    }
  });

  it('Softmax: any table', () => {
    const draws = new Draws(3);
    const big = Array.from({ length: 256 }, () => Math.floor(draws.uniform() * (2 ** 31 - 1)));
    for (const data of [
      big,
      new Array<number>(256).fill(2 ** 31 - 1),
      [1, ...new Array<number>(255).fill(0)],
    ]) {
      for (const size of SIZES)
        eachForm((form) =>
          expectExact(
            form,
            'Softmax',
            {
              x: draws.values([2, size]),
              table: { shape: [256], data: data.map((v, i) => (i === 0 ? v || 1 : v)) },
            },
            {},
          ),
        );
    }
  });
});
