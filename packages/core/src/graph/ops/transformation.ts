import { partialRule, staticRule } from '../shapes/basic.js';
import { broadcastTo, ensuredShape, expandedDims, padded, reshape, squeezed } from '../shapes/reshape.js';
import { batchToSpace, depthToSpace, spaceToBatch } from '../shapes/windows.js';
import { ANY } from './dims.js';
import type { TransformationOp } from './names.js';
import type { OpFamily, TensorType } from './row.js';
import { byDefault, foldByRunning, ignored, need, noWork, number, opt, sizes, tensor } from './spec.js';
import type { OpView } from './view.js';

const row = {
  category: 'transformation',
  outputs: 1,
  traits: [],
  work: noWork,
  fold: foldByRunning,
} as const;

/** Known integers stay known when they become another number type. */
function castType(view: OpView): readonly TensorType[] {
  const { shape, values } = view.input(0);
  const dtype = view.type('DstT');
  if (dtype === 'float32') return [{ shape, dtype, values }];
  const truncated = dtype === 'int32' ? values?.map((value) => value && Math.trunc(value)) : undefined;
  return [{ shape, dtype, values: truncated }];
}

export const transformation = {
  BatchToSpaceND: {
    ...row,
    inputs: [tensor('x'), sizes('blockShape'), sizes('crops')],
    attrs: {},
    shape: batchToSpace,
  },
  SpaceToBatchND: {
    ...row,
    inputs: [tensor('x'), sizes('blockShape'), sizes('paddings')],
    attrs: {},
    shape: spaceToBatch,
  },
  BroadcastArgs: {
    ...row,
    inputs: [tensor('s0'), tensor('s1')],
    attrs: {},
    shape: partialRule('[the longer of both]', 'where a length is unknown', (view) => {
      const [a, b] = [view.shape(0)?.[0] ?? ANY, view.shape(1)?.[0] ?? ANY];
      return [{ shape: [a < 0 || b < 0 ? ANY : Math.max(a, b)], dtype: 'int32' }];
    }),
  },
  BroadcastTo: { ...row, inputs: [tensor('x'), sizes('shape')], attrs: {}, shape: broadcastTo },
  Cast: {
    ...row,
    inputs: [tensor('x')],
    attrs: { SrcT: ignored('type'), DstT: need('type') },
    traits: ['elementwise'],
    shape: staticRule('that of the first input', castType),
  },
  DepthToSpace: {
    ...row,
    inputs: [tensor('x')],
    attrs: { block_size: need('int'), data_format: need('string') },
    shape: depthToSpace,
  },
  EnsureShape: {
    ...row,
    inputs: [tensor('x'), sizes('shape')],
    attrs: {},
    traits: ['view'],
    shape: ensuredShape,
  },
  ExpandDims: {
    ...row,
    inputs: [tensor('x'), sizes('axis')],
    attrs: {},
    traits: ['view'],
    shape: expandedDims,
  },
  MirrorPad: {
    ...row,
    inputs: [tensor('x'), sizes('padding')],
    attrs: { mode: need('string') },
    shape: padded,
  },
  Pad: {
    ...row,
    inputs: [tensor('x'), sizes('padding')],
    attrs: { constant_value: byDefault('float', 0) },
    shape: padded,
  },
  PadV2: {
    ...row,
    inputs: [tensor('x'), sizes('padding'), number('constantValue')],
    attrs: {},
    shape: padded,
  },
  Reshape: { ...row, inputs: [tensor('x'), sizes('shape')], attrs: {}, traits: ['view'], shape: reshape },
  Squeeze: {
    ...row,
    inputs: [tensor('x')],
    attrs: { axis: opt('ints'), squeeze_dims: opt('ints') },
    traits: ['view'],
    shape: squeezed,
  },
} as const satisfies OpFamily<TransformationOp>;
