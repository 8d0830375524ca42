import { one, same, staticRule } from '../shapes/basic.js';
import {
  concatenated,
  gathered,
  gatheredTuples,
  packed,
  splitBySizes,
  splitCount,
  splitEvenly,
  unpackCount,
  unpacked,
} from '../shapes/join.js';
import { ofGivenShape, tiled } from '../shapes/reshape.js';
import { sliced, stridedSliced } from '../shapes/slice.js';
import { getAttr } from '../node.js';
import type { SliceJoinOp } from './names.js';
import type { OpFamily } from './row.js';
import { byDefault, foldByRunning, ignored, noWork, number, perInput, rest, sizes, tensor } from './spec.js';

const row = {
  category: 'slice and join',
  outputs: 1,
  traits: [],
  work: noWork,
  fold: foldByRunning,
} as const;

export const sliceJoin = {
  ConcatV2: {
    ...row,
    inputs: [rest('tensors'), sizes('axis')],
    attrs: { N: byDefault('int', 2) },
    shape: concatenated('last'),
    notes: 'Stock TensorFlow.js joins the first N (2 where it is missing).',
  },
  Concat: {
    ...row,
    inputs: [sizes('axis'), rest('tensors')],
    attrs: { N: byDefault('int', 2) },
    shape: concatenated('first'),
    notes: 'Stock TensorFlow.js joins the first N (2 where it is missing).',
  },
  Gather: {
    ...row,
    inputs: [tensor('x'), tensor('indices')],
    attrs: { validate_indices: ignored('bool') },
    shape: gathered,
  },
  GatherV2: {
    ...row,
    inputs: [tensor('x'), tensor('indices'), sizes('axis')],
    attrs: { batch_dims: byDefault('int', 0) },
    shape: gathered,
  },
  GatherNd: { ...row, inputs: [tensor('x'), tensor('indices')], attrs: {}, shape: gatheredTuples },
  Reverse: { ...row, inputs: [tensor('x'), number('dims')], attrs: {}, shape: same() },
  ReverseV2: { ...row, inputs: [tensor('x'), number('axis')], attrs: {}, shape: same() },
  Slice: { ...row, inputs: [tensor('x'), sizes('begin'), sizes('size')], attrs: {}, shape: sliced },
  StridedSlice: {
    ...row,
    inputs: [tensor('x'), sizes('begin'), sizes('end'), sizes('strides')],
    attrs: {
      begin_mask: byDefault('int', 0),
      end_mask: byDefault('int', 0),
      new_axis_mask: byDefault('int', 0),
      ellipsis_mask: byDefault('int', 0),
      shrink_axis_mask: byDefault('int', 0),
    },
    shape: stridedSliced,
  },
  Pack: { ...row, inputs: [rest('tensors')], attrs: { axis: byDefault('int', 0) }, shape: packed },
  Unpack: {
    ...row,
    inputs: [tensor('tensor')],
    attrs: { axis: byDefault('int', 0), num: ignored('int') },
    outputs: unpackCount,
    shape: unpacked,
  },
  Tile: { ...row, inputs: [tensor('x'), sizes('reps')], attrs: {}, shape: tiled },
  Split: {
    ...row,
    inputs: [sizes('axis'), tensor('x')],
    attrs: { num_split: byDefault('int', 1) },
    outputs: splitCount,
    shape: splitEvenly,
  },
  SplitV: {
    ...row,
    inputs: [tensor('x'), sizes('numOrSizeSplits'), sizes('axis')],
    attrs: { num_split: ignored('int') },
    outputs: (node) => getAttr(node, 'num_split', 'int'),
    shape: splitBySizes,
  },
  ScatterNd: {
    ...row,
    inputs: [tensor('indices'), tensor('values'), sizes('shape')],
    attrs: {},
    shape: ofGivenShape((view) => view.dtype(1), 2),
    work: perInput(1),
  },
  SparseToDense: {
    ...row,
    inputs: [tensor('sparseIndices'), sizes('outputShape'), tensor('sparseValues'), tensor('defaultValue')],
    attrs: { validate_indices: ignored('bool') },
    shape: ofGivenShape((view) => view.dtype(2), 1),
  },
  TensorScatterUpdate: {
    ...row,
    inputs: [tensor('tensor'), tensor('indices'), tensor('values')],
    attrs: {},
    shape: staticRule('that of the first input', (view) => one(view.shape(0), view.dtype(2))),
  },
} as const satisfies OpFamily<SliceJoinOp>;
