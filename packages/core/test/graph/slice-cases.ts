import * as fc from 'fast-check';
import { axisOf, ints, ones, shapeOf, type OpCase } from './op-case.js';

export const joins: fc.Arbitrary<OpCase> = fc
  .tuple(shapeOf(1, 3), fc.integer({ min: 2, max: 4 }))
  .chain(([shape, count]) =>
    fc.tuple(fc.constantFrom('ConcatV2', 'Pack'), axisOf(shape.length)).map(([op, axis]) => {
      const inputs = new Array<{ shape: number[] }>(count).fill({ shape });
      return op === 'Pack'
        ? { op, inputs, attrs: { axis } }
        : { op, inputs, constants: [ints([axis], [])], attrs: { N: count } };
    }),
  );

export const parts: fc.Arbitrary<OpCase> = fc
  .tuple(shapeOf(1, 3), fc.integer({ min: 2, max: 3 }))
  .chain(([shape, count]) =>
    fc.tuple(fc.constantFrom('Split', 'Unpack', 'SplitV'), axisOf(shape.length)).map(([op, axis]): OpCase => {
      const at = axis < 0 ? axis + shape.length : axis;
      const whole = shape.map((dim, i) => (i === at ? dim * count : dim));
      if (op === 'Unpack') {
        return {
          op,
          inputs: [{ shape: whole }],
          attrs: { axis, num: whole[at] ?? 0 },
          outputs: whole[at] ?? 0,
        };
      }
      if (op === 'Split') {
        return {
          op,
          inputs: [{ shape: whole }],
          constants: [ints([axis], [])],
          args: ['c0', 'i0'],
          attrs: { num_split: count },
          outputs: count,
        };
      }
      const sizes = [...new Array<number>(count - 1).fill(shape[at] ?? 0), -1];
      return {
        op,
        inputs: [{ shape: whole }],
        constants: [ints(sizes), ints([axis], [])],
        attrs: { num_split: count },
        outputs: count,
      };
    }),
  );

export const slices: fc.Arbitrary<OpCase> = shapeOf(1, 4).chain((shape) =>
  fc.tuple(...shape.map((dim) => fc.tuple(fc.nat({ max: dim - 1 }), fc.nat({ max: dim })))).map((cuts) => ({
    op: 'Slice',
    inputs: [{ shape }],
    constants: [
      ints(cuts.map(([begin]) => begin)),
      ints(cuts.map(([begin, count], i) => (count === 0 ? -1 : Math.min(count, (shape[i] ?? 0) - begin)))),
    ],
  })),
);

/** Strided slices over the first axes, with every mask but several ellipses. */
export const stridedSlices: fc.Arbitrary<OpCase> = shapeOf(2, 4).chain((shape) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: shape.length }),
      fc.array(
        fc.tuple(
          fc.integer({ min: -7, max: 7 }),
          fc.integer({ min: -7, max: 7 }),
          fc.constantFrom(1, 2, -1, -2),
        ),
        { minLength: 4, maxLength: 4 },
      ),
      fc.nat({ max: 15 }),
      fc.nat({ max: 15 }),
      fc.nat({ max: 15 }),
      fc.option(fc.nat({ max: 1 }), { nil: undefined }),
    )
    .map(([count, cuts, begin_mask, end_mask, shrink, ellipsis]) => {
      const used = cuts.slice(0, count);
      // Stock TensorFlow.js fails on x[0, ::2].
      const isPlain = used.every(([, , stride], i) => stride === 1 || i === ellipsis);
      const isShrunk = (i: number): boolean => isPlain && ((shrink >> i) & 1) === 1 && i !== ellipsis;
      const low = used.map(([begin], i) => (isShrunk(i) ? 0 : begin));
      const high = used.map(([, end], i) => (isShrunk(i) ? 1 : end));
      const strides = used.map(([, , stride], i) => (isShrunk(i) || i === ellipsis ? 1 : stride));
      const mask = used.reduce((bits, _, i) => bits | (isShrunk(i) ? 1 << i : 0), 0);
      return {
        op: 'StridedSlice',
        inputs: [{ shape }],
        constants: [ints(low), ints(high), ints(strides)],
        attrs: {
          begin_mask: begin_mask & ~mask,
          end_mask: end_mask & ~mask,
          shrink_axis_mask: mask,
          ellipsis_mask: ellipsis !== undefined && ellipsis < count ? 1 << ellipsis : 0,
          new_axis_mask: 0,
        },
      };
    }),
);

export const gathers: fc.Arbitrary<OpCase> = fc
  .tuple(shapeOf(1, 3), shapeOf(0, 2))
  .chain(([shape, indices]) =>
    axisOf(shape.length).map((axis) => ({
      op: 'GatherV2',
      inputs: [{ shape }],
      constants: [
        ints(
          ones(indices).map(() => 0),
          indices,
        ),
        ints([axis], []),
      ],
    })),
  );

export const paddings: fc.Arbitrary<OpCase> = shapeOf(1, 4).chain((shape) =>
  fc.array(fc.nat({ max: 3 }), { minLength: 2 * shape.length, maxLength: 2 * shape.length }).map((edges) => ({
    op: 'Pad',
    inputs: [{ shape }],
    constants: [ints(edges, [shape.length, 2])],
  })),
);

export const tiles: fc.Arbitrary<OpCase> = shapeOf(1, 4).chain((shape) =>
  fc
    .array(fc.integer({ min: 1, max: 3 }), { minLength: shape.length, maxLength: shape.length })
    .map((repeats) => ({
      op: 'Tile',
      inputs: [{ shape }],
      constants: [ints(repeats)],
    })),
);
