import * as fc from 'fast-check';
import type { PlainAttrs } from '@tfjs-optimize/core';
import { axisOf, floats, ints, shapeOf, size, type OpCase } from './op-case.js';
import { gathers, joins, paddings, parts, slices, stridedSlices, tiles } from './slice-cases.js';

const image = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 5, max: 9 }),
  fc.integer({ min: 5, max: 9 }),
  fc.integer({ min: 1, max: 4 }),
);
const window = fc.record({
  k: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  s: fc.integer({ min: 1, max: 3 }),
  d: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom('SAME', 'VALID', 'EXPLICIT'),
  p: fc.integer({ min: 0, max: 2 }),
});

/** Strides and dilations are never both above 1: TensorFlow.js refuses that. */
const windowAttrs = ({
  s,
  d,
  padding,
  p,
}: {
  s: number;
  d: number;
  padding: string;
  p: number;
}): PlainAttrs => ({
  strides: [1, s, s, 1],
  dilations: s > 1 ? [1, 1, 1, 1] : [1, d, d, 1],
  padding,
  ...(padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, p, 1, 0, p, 0, 0] } : {}),
});

const conv: fc.Arbitrary<OpCase> = fc.tuple(image, window, size).map(([x, w, out]) => ({
  op: 'Conv2D',
  inputs: [{ shape: x }],
  constants: [floats([...w.k, x[3], out])],
  attrs: windowAttrs(w),
}));

const depthwiseConv: fc.Arbitrary<OpCase> = fc
  .tuple(image, window, fc.integer({ min: 1, max: 2 }))
  .map(([x, w, m]) => ({
    op: 'DepthwiseConv2dNative',
    inputs: [{ shape: x }],
    constants: [floats([...w.k, x[3], m])],
    attrs: { ...windowAttrs(w), padding: w.padding === 'EXPLICIT' ? 'SAME' : w.padding },
  }));

const pools: fc.Arbitrary<OpCase> = fc
  .tuple(fc.constantFrom('MaxPool', 'AvgPool'), image, window)
  .map(([op, x, w]) => ({
    op,
    inputs: [{ shape: x }],
    attrs: {
      ksize: [1, ...w.k, 1],
      strides: [1, w.s, w.s, 1],
      padding: w.padding === 'SAME' ? 'SAME' : 'VALID',
    },
  }));

const product: fc.Arbitrary<OpCase> = fc
  .tuple(shapeOf(0, 2), size, size, size, fc.boolean(), fc.boolean())
  .map(([batch, m, k, n, adj_x, adj_y]) => ({
    op: 'BatchMatMulV2',
    inputs: [
      { shape: [...batch, ...(adj_x ? [k, m] : [m, k])] },
      { shape: [...batch.map((dim, i) => (i % 2 === 0 ? dim : 1)), ...(adj_y ? [n, k] : [k, n])] },
    ],
    attrs: { adj_x, adj_y },
  }));

const binary: fc.Arbitrary<OpCase> = fc
  .tuple(
    fc.constantFrom('AddV2', 'Mul', 'Sub', 'Maximum', 'Less', 'SquaredDifference', 'RealDiv'),
    shapeOf(0, 4),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.nat({ max: 4 }),
  )
  .map(([op, shape, keep, drop]) => ({
    op,
    inputs: [
      { shape },
      { shape: shape.map((dim, i) => (keep[i] === true ? dim : 1)).slice(Math.min(drop, shape.length)) },
    ],
  }));

const reductions: fc.Arbitrary<OpCase> = shapeOf(1, 4).chain((shape) =>
  fc
    .tuple(
      fc.constantFrom('Sum', 'Mean', 'Max', 'Prod'),
      fc.subarray(
        shape.map((_, i) => i),
        { minLength: 1 },
      ),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([op, axes, keep_dims, negative]) => ({
      op,
      inputs: [{ shape }],
      constants: [ints(axes.map((axis) => (negative ? axis - shape.length : axis)))],
      attrs: { keep_dims },
    })),
);

const reshapes: fc.Arbitrary<OpCase> = shapeOf(1, 4).chain((shape) =>
  fc
    .tuple(
      fc.shuffledSubarray(shape, { minLength: shape.length }),
      fc.option(fc.nat({ max: shape.length - 1 }), { nil: undefined }),
    )
    .map(([target, free]) => ({
      op: 'Reshape',
      inputs: [{ shape }],
      constants: [ints(target.map((dim, i) => (i === free ? -1 : dim)))],
    })),
);

const transposes: fc.Arbitrary<OpCase> = shapeOf(1, 4).chain((shape) =>
  fc
    .shuffledSubarray(
      shape.map((_, i) => i),
      { minLength: shape.length },
    )
    .map((perm) => ({
      op: 'Transpose',
      inputs: [{ shape }],
      constants: [ints(perm)],
    })),
);

const resizes: fc.Arbitrary<OpCase> = fc.tuple(image, size, size).map(([shape, h, w]) => ({
  op: 'ResizeBilinear',
  inputs: [{ shape }],
  constants: [ints([h, w])],
}));

const expansions: fc.Arbitrary<OpCase> = shapeOf(0, 4).chain((shape) =>
  axisOf(shape.length + 1).map((axis) => ({
    op: 'ExpandDims',
    inputs: [{ shape }],
    constants: [ints([axis], [])],
  })),
);

const squeezes: fc.Arbitrary<OpCase> = fc.tuple(shapeOf(1, 4), fc.boolean()).map(([shape, all]) => {
  const withOnes = [1, ...shape.map((dim) => dim + 1), 1];
  return { op: 'Squeeze', inputs: [{ shape: withOnes }], attrs: { squeeze_dims: all ? [] : [0, -1] } };
});

const others: fc.Arbitrary<OpCase> = fc.tuple(shapeOf(1, 4), size).chain(([shape, k]) =>
  fc.constantFrom<OpCase>(
    { op: 'ArgMax', inputs: [{ shape }], constants: [ints([-1], [])] },
    { op: 'Cumsum', inputs: [{ shape }], constants: [ints([0], [])] },
    { op: 'TopKV2', inputs: [{ shape: [...shape, k] }], constants: [ints([1], [])], outputs: 2 },
    {
      op: 'OneHot',
      inputs: [{ shape, dtype: 'int32' }],
      constants: [ints([k + 1], []), floats([]), floats([])],
    },
    { op: 'Softmax', inputs: [{ shape }] },
    { op: 'Shape', inputs: [{ shape }] },
    { op: 'Size', inputs: [{ shape }] },
    { op: 'Cast', inputs: [{ shape }], attrs: { DstT: 'int32' } },
    { op: 'Cast', inputs: [{ shape }], attrs: { DstT: 'bool' } },
    { op: 'BroadcastTo', inputs: [{ shape }], constants: [ints([k, ...shape])] },
    {
      op: 'Einsum',
      inputs: [{ shape: [2, 3, k] }, { shape: [k, 4] }],
      attrs: { equation: 'abc,cd->adb', N: 2 },
    },
    { op: 'DepthToSpace', inputs: [{ shape: [1, k, 3, 8] }], attrs: { block_size: 2, data_format: 'NHWC' } },
    {
      op: 'SpaceToBatchND',
      inputs: [{ shape: [1, 4, 6, k] }],
      constants: [ints([2, 2]), ints([1, 1, 0, 2], [2, 2])],
    },
    {
      op: 'BatchToSpaceND',
      inputs: [{ shape: [4, 4, 6, k] }],
      constants: [ints([2, 2]), ints([1, 1, 0, 2], [2, 2])],
    },
    { op: 'GatherNd', inputs: [{ shape: [3, 4, k] }], constants: [ints([0, 1, 2, 3], [2, 2])] },
    {
      op: 'Conv2DBackpropInput',
      inputs: [{ shape: [1, 3, 3, k] }],
      constants: [ints([1, 6, 6, 2]), floats([3, 3, 2, k])],
      args: ['c0', 'c1', 'i0'],
      attrs: { strides: [1, 2, 2, 1], padding: 'SAME' },
    },
    {
      op: 'Conv3D',
      inputs: [{ shape: [1, 4, 5, 6, 2] }],
      constants: [floats([2, 2, 3, 2, k])],
      attrs: { strides: [1, 1, 2, 2, 1], dilations: [1, 1, 1, 1, 1], padding: 'SAME', data_format: 'NDHWC' },
    },
    {
      op: 'MaxPool3D',
      inputs: [{ shape: [1, 4, 5, 6, k] }],
      attrs: { ksize: [1, 2, 2, 3, 1], strides: [1, 2, 1, 2, 1], padding: 'VALID' },
    },
  ),
);

/** Random nodes by family. */
export const OP_CASES: Readonly<Record<string, fc.Arbitrary<OpCase>>> = {
  conv,
  depthwiseConv,
  pools,
  product,
  binary,
  reductions,
  reshapes,
  transposes,
  joins,
  parts,
  slices,
  stridedSlices,
  gathers,
  paddings,
  tiles,
  resizes,
  expansions,
  squeezes,
  others,
};
