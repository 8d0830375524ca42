import { OP_PREFIX } from '@tfjs-optimize/runtime/format';
import { broadcast, one, partialRule, same, staticRule } from '../shapes/basic.js';
import { matrixProduct, productSizes } from '../shapes/matrix.js';
import { withoutAxes } from '../shapes/reduce.js';
import { shapeFrom } from '../shapes/reshape.js';
import { convolution, depthwise, pool } from '../shapes/windows.js';
import { denseMacs, DENSE_TEXT, depthwiseMacs, DEPTHWISE_TEXT, windowWork } from './convolution.js';
import { ANY, multiplySizes, sameSize, sizeOf } from './dims.js';
import type { OpRow } from './row.js';
import {
  byDefault,
  macs,
  maybe,
  need,
  never,
  opt,
  perInput,
  perOutput,
  sizes,
  statistic,
  tensor,
  weight,
} from './spec.js';
import type { OpView } from './view.js';

/* Ops on int8 values, which are int32 tensors; their semantics stand in docs/integer-ops.md. */

const row = {
  outputs: 1,
  traits: [],
  fold: never('an int8 constant takes less room than what is computed from it'),
} as const;

const scaleAttrs = { scale: need('float'), zero_point: byDefault('int', 0) } as const;
const xAttrs = { x_scale: need('float'), x_zero_point: byDefault('int', 0) } as const;
const yAttrs = {
  y_scale: need('float'),
  y_zero_point: byDefault('int', 0),
  clamp_min: byDefault('int', -128),
  clamp_max: byDefault('int', 127),
} as const;
const pairAttrs = {
  a_scale: need('float'),
  a_zero_point: byDefault('int', 0),
  b_scale: need('float'),
  b_zero_point: byDefault('int', 0),
  ...yAttrs,
} as const;
export const slidingAttrs = {
  strides: byDefault('ints', [1, 1, 1, 1]),
  padding: byDefault('string', 'VALID'),
  explicit_paddings: byDefault('ints', []),
} as const;

/** Its dtype is int32 whatever that of the inputs is: packed weights are bool. */
const int = 'int32';

const weighted = [weight('filter'), statistic('scales'), maybe(weight('bias'))] as const;
const convAttrs = {
  ...xAttrs,
  ...yAttrs,
  ...slidingAttrs,
  dilations: byDefault('ints', [1, 1, 1, 1]),
} as const;

function elementwise(category: OpRow['category'], commutative: boolean): OpRow {
  return {
    ...row,
    category,
    inputs: [tensor('a'), tensor('b')],
    attrs: pairAttrs,
    traits: ['elementwise'],
    shape: broadcast(int),
    work: perOutput(1),
    ...(commutative
      ? { notes: 'Not commutative by its inputs alone: each has a scale and zero point.' }
      : {}),
  };
}

function pooling(): OpRow {
  return {
    ...row,
    category: 'convolution',
    inputs: [tensor('x')],
    attrs: { ...slidingAttrs, ksize: need('ints') },
    shape: pool(4),
    work: windowWork,
  };
}

function resizing(): OpRow {
  return {
    ...row,
    category: 'image',
    inputs: [tensor('x'), maybe(sizes('size'))],
    attrs: {
      size: opt('ints'),
      align_corners: byDefault('bool', false),
      half_pixel_centers: byDefault('bool', false),
    },
    shape: partialRule('[batch, ...size, channels]', 'where the size is computed', (view) => {
      const x = view.shape(0);
      const [height = ANY, width = ANY] = view.ints('size') ?? shapeFrom(view, 1) ?? [];
      return one([x?.[0] ?? ANY, height, width, x?.[3] ?? ANY], int);
    }),
    work: perOutput(1),
  };
}

/** [...rows, inner] × [inner, columns]. */
const matMulShape = staticRule('[...rows of x, columns of w]', (view) => {
  const [x, w] = [view.shape(0), view.shape(1)];
  if (x === undefined) return one(undefined, int);
  if (
    x.length === 0 ||
    (w !== undefined && w.length !== 2) ||
    sameSize(x.at(-1) as number, w?.[0] ?? ANY) === undefined
  ) {
    return view.contradiction('rows of x that fit w', `[${x.join(',')}] and [${w?.join(',') ?? ''}]`);
  }
  return one([...x.slice(0, -1), w?.[1] ?? ANY], int);
});

export const matMulMacs = (view: OpView): number | undefined => {
  const [x, columns] = [view.shape(0), view.shape(1)?.[1]];
  const total = x && columns !== undefined ? multiplySizes(sizeOf(x), columns) : undefined;
  return total === undefined || total < 0 ? undefined : total;
};

export const batchMacs = (view: OpView): number | undefined => {
  const found = productSizes(view, ['adj_x', 'adj_y']);
  const total = found && multiplySizes(sizeOf(found.batch), found.m, found.k, found.n);
  return total === undefined || total < 0 ? undefined : total;
};

const ROWS: Readonly<Record<string, OpRow>> = {
  Quantize: {
    ...row,
    category: 'basic math',
    inputs: [tensor('x')],
    attrs: scaleAttrs,
    traits: ['elementwise'],
    shape: same(int),
    work: perOutput(2),
  },
  Dequantize: {
    ...row,
    category: 'basic math',
    inputs: [tensor('q')],
    attrs: scaleAttrs,
    traits: ['elementwise'],
    shape: same('float32'),
    work: perOutput(2),
  },
  Requantize: {
    ...row,
    category: 'basic math',
    inputs: [tensor('q')],
    attrs: { ...xAttrs, ...yAttrs },
    traits: ['elementwise'],
    shape: same(int),
    work: perOutput(2),
  },
  Conv2D: {
    ...row,
    category: 'convolution',
    inputs: [tensor('x'), ...weighted],
    attrs: convAttrs,
    shape: convolution(4, int),
    work: macs(DENSE_TEXT, denseMacs),
  },
  DepthwiseConv2D: {
    ...row,
    category: 'convolution',
    inputs: [tensor('x'), ...weighted],
    attrs: convAttrs,
    shape: depthwise(int),
    work: macs(DEPTHWISE_TEXT, depthwiseMacs),
  },
  MatMul: {
    ...row,
    category: 'matrices',
    inputs: [tensor('x'), weight('w'), statistic('scales'), maybe(weight('bias'))],
    attrs: { ...xAttrs, ...yAttrs },
    shape: matMulShape,
    work: macs('MACs: rows × inner × columns', matMulMacs),
  },
  BatchMatMul: {
    ...row,
    category: 'matrices',
    inputs: [tensor('a'), tensor('b')],
    attrs: { ...pairAttrs, adj_x: byDefault('bool', false), adj_y: byDefault('bool', false) },
    shape: matrixProduct(['adj_x', 'adj_y'], int),
    work: macs('MACs: batch × m × k × n', batchMacs),
  },
  Add: elementwise('arithmetic', true),
  Sub: elementwise('arithmetic', false),
  Mul: elementwise('arithmetic', true),
  AvgPool: pooling(),
  MaxPool: pooling(),
  Mean: {
    ...row,
    category: 'reduction',
    inputs: [tensor('x')],
    attrs: { ...xAttrs, ...yAttrs, axes: need('ints'), keep_dims: byDefault('bool', false) },
    shape: staticRule('without the axes (or with 1 in their place)', (view) => {
      const shape = view.shape(0);
      return one(shape && withoutAxes(view, shape, view.ints('axes') ?? [], view.flag('keep_dims')), int);
    }),
    work: perInput(1),
  },
  ResizeBilinear: { ...resizing(), work: perOutput(7) },
  ResizeNearestNeighbor: { ...resizing(), work: { kind: 'none' } },
  Table: {
    ...row,
    category: 'basic math',
    inputs: [tensor('x'), statistic('table')],
    attrs: {},
    shape: same(int),
    work: perOutput(1),
  },
  Softmax: {
    ...row,
    category: 'normalization',
    inputs: [tensor('x'), statistic('table')],
    attrs: {},
    shape: same(int),
    work: perOutput(4),
  },
};

/** Ops on int8 values by their names in graphs. */
export const INTEGER_OPS: Readonly<Record<string, OpRow>> = Object.fromEntries(
  Object.entries(ROWS).map(([name, found]) => [`${OP_PREFIX}${name}`, found]),
);
