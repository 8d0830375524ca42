import * as tf from '@tensorflow/tfjs';
import { attr } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import type { TensorSpec } from '../hollow.js';
import { combine, sameNum, sameShape, type Num } from '../numbers.js';
import { likeFirst, type KernelRows, type Result } from './row.js';

/** Fills in the size that -1 stands for, and checks the number of elements as the kernel does. */
function reshapedTo(call: CallView): number[] {
  const total = call.dims('x').reduce((a, b) => a * b, 1);
  const wanted = call.nums('shape');
  const shape = tf.util.inferFromImplicitShape(wanted, total);
  tf.util.assert(
    shape.reduce((a, b) => a * b, 1) === total,
    () => `Error in reshape: [${shape.join()}] does not hold ${total} elements`,
  );
  return shape;
}

function sliceShape(call: CallView): TensorSpec {
  const [shape, dtype] = [call.dims('x'), call.dtype('x')];
  const x = { shape, dtype, rank: shape.length } as tf.Tensor;
  const [begin, size] = tf.slice_util.parseSliceParams(x, call.nums('begin'), call.nums('size'));
  tf.slice_util.assertParamsValid(x, begin as number[], size as number[]);
  return { shape: size as number[], dtype };
}

/** `-1`, "up to the end", serves wherever the slice ends where its input does. */
function slice(call: CallView, emit: CallEmitter): Result {
  const x = call.input('x').shape;
  const out = call.output().shape;
  if (sameShape(x, out)) return emit.view('x');
  const given = call.opens('begin');
  const begin = x.map((_, axis) => given[axis] ?? 0);
  const size = out.map((length, axis) => {
    const end = combine([begin[axis] as Num, length], (a, b) => a + b);
    return sameNum(end, x[axis] as Num) && typeof length !== 'number' ? -1 : length;
  });
  return emit.node('Slice', [emit.in('x'), emit.ints(begin, 'begin'), emit.ints(size, 'size')], {
    Index: attr.type('int32'),
  });
}

const MASKS = {
  begin_mask: 'beginMask',
  end_mask: 'endMask',
  ellipsis_mask: 'ellipsisMask',
  new_axis_mask: 'newAxisMask',
  shrink_axis_mask: 'shrinkAxisMask',
} as const;

function stridedSlice(call: CallView, emit: CallEmitter): string {
  const masks = Object.entries(MASKS).map(
    ([name, key]) => [name, attr.int(call.raw(key) === undefined ? 0 : call.num(key))] as const,
  );
  const vector = (name: string, hint: string): string => emit.ints(call.opens(name), hint);
  return emit.node(
    'StridedSlice',
    [emit.in('x'), vector('begin', 'begin'), vector('end', 'end'), vector('strides', 'strides')],
    { ...Object.fromEntries(masks), Index: attr.type('int32') },
  );
}

function sizesOfSplit(call: CallView): number[] {
  const shape = call.dims('x');
  const parts = call.nums('numOrSizeSplits');
  const count = typeof call.raw('numOrSizeSplits') === 'number' ? (parts[0] as number) : parts;
  return tf.backend_util.prepareSplitSize({ shape } as tf.Tensor, count, axisOf(call, shape.length));
}

function axisOf(call: CallView, rank: number, name = 'axis'): number {
  const axis = call.num(name);
  return axis < 0 ? axis + rank : axis;
}

function split(call: CallView, emit: CallEmitter): readonly string[] {
  const axis = emit.scalar(axisOf(call, call.input('x').shape.length), 'int32', 'split_dim');
  const count = call.outputs.length;
  if (typeof call.raw('numOrSizeSplits') === 'number') {
    return emit.nodes('Split', [axis, emit.in('x')], count, {
      num_split: attr.int(count),
      T: attr.type(call.dtype('x')),
    });
  }
  const sizes = emit.ints(call.opens('numOrSizeSplits'), 'size_splits');
  return emit.nodes('SplitV', [emit.in('x'), sizes, axis], count, {
    num_split: attr.int(count),
    Tlen: attr.type('int32'),
  });
}

function unpackShape(call: CallView): TensorSpec[] {
  const value = call.dims('value');
  const axis = axisOf(call, value.length);
  const shape = value.filter((_, i) => i !== axis);
  return Array.from({ length: value[axis] as number }, () => ({ shape, dtype: call.dtype('value') }));
}

function pairsFlat(call: CallView, name: string): [Num[], number[]] {
  const pairs = call.pairs(name);
  return [pairs.flat(), [pairs.length, 2]];
}

function padShape(call: CallView): TensorSpec {
  const paddings = call.pairs('paddings') as [number, number][];
  const shape = call.dims('x').map((size, axis) => {
    const [before, after] = paddings[axis] ?? [0, 0];
    return before + size + after;
  });
  return { shape, dtype: call.dtype('x') };
}

function blocked(call: CallView, pairs: string, toBatch: boolean): TensorSpec {
  const x = call.dims('x');
  const block = call.nums('blockShape');
  const edges = call.pairs(pairs) as [number, number][];
  const product = block.reduce((a, b) => a * b, 1);
  const shape = x.map((size, axis) => {
    if (axis === 0) return toBatch ? size * product : size / product;
    const b = block[axis - 1];
    const [before, after] = edges[axis - 1] ?? [0, 0];
    if (b === undefined) return size;
    return toBatch ? (size + before + after) / b : size * b - before - after;
  });
  return { shape, dtype: call.dtype('x') };
}

export const shapingKernels: KernelRows = {
  Reshape: {
    shape: (call) => ({ shape: reshapedTo(call), dtype: call.dtype('x') }),
    convert: (_call, emit) => emit.view('x'),
  },
  ExpandDims: {
    shape: (call) => {
      const shape = call.dims('input');
      const dim = call.num('dim');
      shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
      return { shape, dtype: call.dtype('input') };
    },
    convert: (_call, emit) => emit.view('input'),
  },
  Slice: { shape: sliceShape, convert: slice },
  StridedSlice: {
    shape: (call) => {
      const mask = (name: string): number => (call.raw(name) === undefined ? 0 : call.num(name));
      const info = tf.slice_util.sliceInfo(
        call.dims('x'),
        call.nums('begin'),
        call.nums('end'),
        call.nums('strides'),
        mask('beginMask'),
        mask('endMask'),
        mask('ellipsisMask'),
        mask('newAxisMask'),
        mask('shrinkAxisMask'),
      );
      return { shape: info.finalShape, dtype: call.dtype('x') };
    },
    convert: stridedSlice,
  },
  Concat: {
    shape: (call) => {
      const shapes = call.inputs.map(([key]) => call.dims(key));
      const first = shapes[0] as number[];
      const axis = axisOf(call, first.length);
      const shape = first.map((size, i) =>
        i === axis ? shapes.reduce((a, s) => a + (s[i] as number), 0) : size,
      );
      return { shape, dtype: call.dtype('0') };
    },
    convert: (call, emit) =>
      emit.node(
        'ConcatV2',
        [...emit.all(), emit.scalar(axisOf(call, call.output().shape.length), 'int32', 'axis')],
        { N: attr.int(call.inputs.length), Tidx: attr.type('int32'), T: attr.type(call.output().dtype) },
      ),
  },
  SplitV: {
    shape: (call) => {
      const x = call.dims('x');
      const axis = axisOf(call, x.length);
      return sizesOfSplit(call).map((size) => ({
        shape: x.map((length, i) => (i === axis ? size : length)),
        dtype: call.dtype('x'),
      }));
    },
    convert: split,
  },
  Pack: {
    shape: (call) => {
      const shape = call.dims('0');
      shape.splice(axisOf(call, shape.length + 1), 0, call.inputs.length);
      return { shape, dtype: call.dtype('0') };
    },
    convert: (call, emit) =>
      emit.node('Pack', emit.all(), {
        axis: attr.int(axisOf(call, call.output().shape.length)),
        N: attr.int(call.inputs.length),
      }),
  },
  Unpack: {
    shape: unpackShape,
    convert: (call, emit) =>
      emit.nodes('Unpack', [emit.in('value')], call.outputs.length, {
        axis: attr.int(axisOf(call, call.input('value').shape.length)),
        num: attr.int(call.outputs.length),
      }),
  },
  Tile: {
    shape: (call) => {
      const reps = call.nums('reps');
      return { shape: call.dims('x').map((size, axis) => size * (reps[axis] ?? 1)), dtype: call.dtype('x') };
    },
    convert: (call, emit) => {
      const reps = call.opens('reps');
      if (reps.every((rep) => rep === 1)) return emit.view('x');
      return emit.node('Tile', [emit.in('x'), emit.ints(reps, 'multiples')], {
        Tmultiples: attr.type('int32'),
      });
    },
  },
  PadV2: {
    shape: padShape,
    convert: (call, emit) => {
      const [flat, shape] = pairsFlat(call, 'paddings');
      if (flat.every((size) => size === 0)) return emit.view('x');
      return emit.node(
        'PadV2',
        [
          emit.in('x'),
          emit.ints(flat, 'paddings', shape),
          emit.scalar(
            call.num('constantValue'),
            call.dtype('x') === 'int32' ? 'int32' : 'float32',
            'constant_values',
          ),
        ],
        { Tpaddings: attr.type('int32') },
      );
    },
  },
  MirrorPad: {
    shape: padShape,
    convert: (call, emit) => {
      const [flat, shape] = pairsFlat(call, 'paddings');
      return emit.node('MirrorPad', [emit.in('x'), emit.ints(flat, 'paddings', shape)], {
        mode: attr.string(call.str('mode').toUpperCase()),
        Tpaddings: attr.type('int32'),
      });
    },
  },
  SpaceToBatchND: {
    shape: (call) => blocked(call, 'paddings', true),
    convert: (call, emit) => {
      const [flat, shape] = pairsFlat(call, 'paddings');
      const block = emit.ints(call.opens('blockShape'), 'block_shape');
      return emit.node('SpaceToBatchND', [emit.in('x'), block, emit.ints(flat, 'paddings', shape)]);
    },
  },
  BatchToSpaceND: {
    shape: (call) => blocked(call, 'crops', false),
    convert: (call, emit) => {
      const [flat, shape] = pairsFlat(call, 'crops');
      const block = emit.ints(call.opens('blockShape'), 'block_shape');
      return emit.node('BatchToSpaceND', [emit.in('x'), block, emit.ints(flat, 'crops', shape)]);
    },
  },
  DepthToSpace: {
    shape: (call) => {
      const [n, h, w, c] = call.dims('x') as [number, number, number, number];
      const b = call.num('blockSize');
      return { shape: [n, h * b, w * b, c / (b * b)], dtype: call.dtype('x') };
    },
    convert: (call, emit) => {
      if (call.str('dataFormat') !== 'NHWC') call.refuse('channels-first data');
      return emit.node('DepthToSpace', [emit.in('x')], {
        block_size: attr.int(call.num('blockSize')),
        data_format: attr.string('NHWC'),
      });
    },
  },
  Reverse: {
    shape: likeFirst,
    convert: (call, emit) => {
      const axes = call.axes('dims', call.input('x').shape.length);
      return emit.node('ReverseV2', [emit.in('x'), emit.ints(axes, 'axis')], { Tidx: attr.type('int32') });
    },
  },
  FlipLeftRight: {
    shape: likeFirst,
    convert: (_call, emit) =>
      emit.node('ReverseV2', [emit.in('image'), emit.ints([2], 'axis')], { Tidx: attr.type('int32') }),
  },
};
