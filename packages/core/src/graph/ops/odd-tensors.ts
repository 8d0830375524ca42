import { getAttr, type Node } from '../node.js';
import { one, partialRule, ranks, same, staticRule } from '../shapes/basic.js';
import { ANY, anyShape, withSize } from './dims.js';
import type { RaggedOp, SparseOp, SpectralOp, StringOp } from './names.js';
import type { OpFamily, TensorType } from './row.js';
import {
  flops,
  foldByRunning,
  maybe,
  need,
  noWork,
  number,
  opt,
  rest,
  sizes,
  tensor,
  times,
  workAtRunTime,
} from './spec.js';
import type { OpView } from './view.js';

/* Ragged, sparse, complex and string tensors. */

const DEPENDS = 'how many there are depends on the values';
const row = { outputs: 1, traits: [], attrs: {}, work: noWork, fold: foldByRunning } as const;
const vector = (dtype: TensorType['dtype']): TensorType => ({ shape: [ANY], dtype });

export const ragged = {
  RaggedGather: {
    ...row,
    category: 'ragged',
    inputs: [rest('paramsNestedSplits'), tensor('paramsDenseValues'), tensor('indices')],
    attrs: { OUTPUT_RAGGED_RANK: need('int') },
    outputs: (node: Node): number => (getAttr(node, 'OUTPUT_RAGGED_RANK', 'int') ?? 0) + 1,
    shape: partialRule('vectors of splits, then values', DEPENDS, (view) => {
      const splits = view.int('OUTPUT_RAGGED_RANK', 0);
      const values = view.shape(-2);
      return [
        ...new Array<TensorType>(splits).fill(vector('int32')),
        { shape: values && withSize(values, 0, ANY), dtype: view.dtype(-2) },
      ];
    }),
  },
  RaggedRange: {
    ...row,
    category: 'ragged',
    inputs: [tensor('starts'), tensor('limits'), tensor('splits')],
    outputs: 2,
    shape: partialRule('a vector of splits and one of values', DEPENDS, (view) => [
      vector('int32'),
      vector(view.dtype(0)),
    ]),
  },
  RaggedTensorToTensor: {
    ...row,
    category: 'ragged',
    inputs: [sizes('shape'), tensor('values'), tensor('defaultValue'), rest('rowPartitionTensors')],
    attrs: { row_partition_types: need('strings') },
    shape: partialRule('of the rank of the shape input', DEPENDS, (view) => {
      const rank = view.shape(0)?.[0] ?? ANY;
      return one(rank < 0 ? undefined : anyShape(rank), view.dtype(1));
    }),
  },
} as const satisfies OpFamily<RaggedOp>;

const segments = {
  ...row,
  category: 'sparse',
  inputs: [tensor('data'), tensor('indices'), tensor('segmentIds')],
  shape: partialRule('[segments, ...sizes of data]', DEPENDS, (view) => {
    const shape = view.shape(0);
    return one(shape && withSize(shape, 0, ANY), view.dtype(0));
  }),
  work: workAtRunTime('one addition for each element of each segment'),
} as const;

export const sparse = {
  SparseFillEmptyRows: {
    ...row,
    category: 'sparse',
    inputs: [tensor('indices'), tensor('values'), tensor('denseShape'), tensor('defaultValue')],
    outputs: 4,
    shape: partialRule('indices, values, which rows were empty, where each index went', DEPENDS, (view) => [
      { shape: [ANY, view.shape(0)?.[1] ?? ANY], dtype: view.dtype(0) },
      vector(view.dtype(1)),
      vector('bool'),
      vector(view.dtype(0)),
    ]),
  },
  SparseReshape: {
    ...row,
    category: 'sparse',
    inputs: [tensor('inputIndices'), tensor('inputShape'), tensor('newShape')],
    outputs: 2,
    shape: staticRule('[indices, new rank] and [new rank]', (view) => {
      const rank = view.shape(2)?.[0] ?? ANY;
      return [
        { shape: [view.shape(0)?.[0] ?? ANY, rank], dtype: view.dtype(0) },
        { shape: [rank], dtype: view.dtype(2) },
      ];
    }),
  },
  SparseSegmentMean: segments,
  SparseSegmentSum: segments,
} as const satisfies OpFamily<SparseOp>;

/** 5 n log₂ n for each transform of n points, as is usual. */
const fourier = flops('5 × n × log₂ n per transform of n points', (view) => {
  const points = view.shape(0)?.at(-1) ?? ANY;
  return points < 1 ? undefined : times(5 * Math.log2(points), view.shape(0));
});

const complexSame = {
  ...row,
  category: 'spectral',
  inputs: [tensor('x')],
  shape: same('complex64'),
  work: fourier,
} as const;

function lastSize(view: OpView, change: (size: number) => number): number[] | undefined {
  const shape = view.shape(0);
  const last = shape?.at(-1) ?? ANY;
  return shape && withSize(shape, shape.length - 1, last < 0 ? ANY : change(last));
}

const FFT_NOTES = 'Stock TensorFlow.js does not use fft_length.';

export const spectral = {
  FFT: complexSame,
  IFFT: complexSame,
  RFFT: {
    ...complexSame,
    inputs: [tensor('x'), maybe(number('fft_length'))],
    shape: staticRule('last size n becomes ⌊n / 2⌋ + 1', (view) =>
      one(
        lastSize(view, (n) => Math.floor(n / 2) + 1),
        'complex64',
      ),
    ),
    notes: FFT_NOTES,
  },
  IRFFT: {
    ...complexSame,
    inputs: [tensor('x'), maybe(number('fft_length'))],
    shape: staticRule('last size n becomes 2 (n − 1)', (view) =>
      one(
        lastSize(view, (n) => 2 * (n - 1)),
        'float32',
      ),
    ),
    notes: FFT_NOTES,
  },
} as const satisfies OpFamily<SpectralOp>;

export const strings = {
  StaticRegexReplace: {
    ...row,
    category: 'string',
    inputs: [tensor('input')],
    attrs: { pattern: need('string'), rewrite: need('string'), replace_global: opt('bool') },
    traits: ['elementwise'],
    shape: same('string'),
  },
  StringNGrams: {
    ...row,
    category: 'string',
    inputs: [tensor('data'), tensor('dataSplits')],
    attrs: {
      separator: need('string'),
      ngram_widths: need('ints'),
      left_pad: need('string'),
      right_pad: need('string'),
      pad_width: need('int'),
      preserve_short_sequences: opt('bool'),
    },
    outputs: 2,
    shape: partialRule('a vector of n-grams, and splits as given', DEPENDS, (view) => [
      vector('string'),
      { shape: view.shape(1), dtype: 'int32' },
    ]),
  },
  StringSplit: {
    ...row,
    category: 'string',
    inputs: [tensor('input'), tensor('delimiter')],
    attrs: { skip_empty: opt('bool') },
    outputs: 3,
    shape: ranks(
      DEPENDS,
      '[parts, 2], [parts] and [2]',
      { shape: [ANY, 2], dtype: 'int32' },
      vector('string'),
      { shape: [2], dtype: 'int32' },
    ),
  },
  StringToHashBucketFast: {
    ...row,
    category: 'string',
    inputs: [tensor('input')],
    attrs: { num_buckets: need('int') },
    traits: ['elementwise'],
    shape: same('int32'),
  },
} as const satisfies OpFamily<StringOp>;
