import { attr } from '../../graph/node.js';
import type { DType } from '../../weights.js';
import type { CallView } from '../call-view.js';
import type { KernelRow, KernelRows } from './row.js';

function reducedShape(call: CallView, axes: readonly number[]): number[] {
  const x = call.dims('x');
  if (call.bool('keepDims')) return x.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return x.filter((_, axis) => !axes.includes(axis));
}

function reduction(op: string, dtype?: (x: DType) => DType, name = 'axis'): KernelRow {
  const axesOf = (call: CallView): number[] => call.axes(name, call.input('x').shape.length);
  return {
    shape: (call) => ({
      shape: reducedShape(call, axesOf(call)),
      dtype: dtype?.(call.dtype('x')) ?? call.dtype('x'),
    }),
    convert: (call, emit) =>
      emit.node(op, [emit.in('x'), emit.ints(axesOf(call), 'reduction_indices')], {
        keep_dims: attr.bool(call.bool('keepDims')),
        Tidx: attr.type('int32'),
      }),
  };
}

function arg(op: string): KernelRow {
  const axisOf = (call: CallView): number => {
    const axis = call.num('axis');
    return axis < 0 ? axis + call.input('x').shape.length : axis;
  };
  return {
    shape: (call) => ({
      shape: call.dims('x').filter((_, axis) => axis !== axisOf(call)),
      dtype: 'int32',
    }),
    convert: (call, emit) => emit.node(op, [emit.in('x'), emit.scalar(axisOf(call), 'int32', 'dimension')]),
  };
}

function cumulative(op: string): KernelRow {
  return {
    shape: (call) => ({ shape: call.dims('x'), dtype: atLeastInt(call.dtype('x')) }),
    convert: (call, emit) =>
      emit.node(op, [emit.in('x'), emit.scalar(call.num('axis'), 'int32', 'axis')], {
        exclusive: attr.bool(call.bool('exclusive')),
        reverse: attr.bool(call.bool('reverse')),
      }),
  };
}

const atLeastInt = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype);

export const reductionKernels: KernelRows = {
  Sum: reduction('Sum', atLeastInt),
  Prod: reduction('Prod', atLeastInt),
  Mean: reduction('Mean', () => 'float32'),
  Max: reduction('Max', undefined, 'reductionIndices'),
  Min: reduction('Min'),
  All: reduction('All'),
  Any: reduction('Any'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Cumsum: cumulative('Cumsum'),
  Cumprod: cumulative('Cumprod'),
  Bincount: {
    shape: (call) => ({ shape: [call.num('size')], dtype: call.dtype('weights') }),
    convert: (call, emit) =>
      emit.node('Bincount', [
        emit.in('x'),
        emit.scalar(call.open('size'), 'int32', 'size'),
        emit.in('weights'),
      ]),
  },
  DenseBincount: {
    shape: (call) => {
      const x = call.dims('x');
      const shape = x.length === 1 ? [call.num('size')] : [x[0] as number, call.num('size')];
      return { shape, dtype: call.dtype('weights') };
    },
    convert: (call, emit) =>
      emit.node(
        'DenseBincount',
        [emit.in('x'), emit.scalar(call.open('size'), 'int32', 'size'), emit.in('weights')],
        { binary_output: attr.bool(call.bool('binaryOutput')) },
      ),
  },
};
