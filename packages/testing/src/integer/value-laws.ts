import * as fc from 'fast-check';
import {
  begins,
  end,
  outShape,
  pairQuant,
  quant,
  RUNS,
  same,
  seeds,
  slideAttrs,
  slides,
  small,
  type Slide,
} from './cases.js';
import { at, exactEnd, exactMultiplier, exactMultiply, fill, spread } from './exact.js';
import { int8s, runOp } from './run.js';

/** Tests of sums, pools and means on the present backend, element by element against whole numbers of any size. */
export function valueLaws(): void {
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
}
