import { attr } from '../../graph/node.js';
import type { DType } from '../../weights.js';
import type { KernelRows } from './row.js';

export const indexingKernels: KernelRows = {
  GatherV2: {
    shape: (call) => {
      const [x, indices] = [call.dims('x'), call.dims('indices')];
      const axis = call.num('axis');
      const batch = call.raw('batchDims') === undefined ? 0 : call.num('batchDims');
      const at = axis < 0 ? axis + x.length : axis;
      return {
        shape: [...x.slice(0, at), ...indices.slice(batch), ...x.slice(at + 1)],
        dtype: call.dtype('x'),
      };
    },
    convert: (call, emit) => {
      const axis = emit.scalar(call.num('axis'), 'int32', 'axis');
      return emit.node('GatherV2', [emit.in('x'), emit.in('indices'), axis], {
        batch_dims: attr.int(call.raw('batchDims') === undefined ? 0 : call.num('batchDims')),
        Tparams: attr.type(call.dtype('x')),
        Tindices: attr.type('int32'),
        Taxis: attr.type('int32'),
      });
    },
  },
  GatherNd: {
    shape: (call) => {
      const [params, indices] = [call.dims('params'), call.dims('indices')];
      const depth = indices[indices.length - 1] as number;
      return { shape: [...indices.slice(0, -1), ...params.slice(depth)], dtype: call.dtype('params') };
    },
    convert: (_call, emit) => emit.node('GatherNd', [emit.in('params'), emit.in('indices')]),
  },
  ScatterNd: {
    shape: (call) => ({ shape: call.nums('shape'), dtype: call.dtype('updates') }),
    convert: (call, emit) =>
      emit.node('ScatterNd', [
        emit.in('indices'),
        emit.in('updates'),
        emit.ints(call.opens('shape'), 'shape'),
      ]),
  },
  TensorScatterUpdate: {
    shape: (call) => ({ shape: call.dims('tensor'), dtype: call.dtype('tensor') }),
    convert: (_call, emit) =>
      emit.node('TensorScatterUpdate', [emit.in('tensor'), emit.in('indices'), emit.in('updates')]),
  },
  SparseToDense: {
    shape: (call) => ({ shape: call.nums('outputShape'), dtype: call.dtype('sparseValues') }),
    convert: (call, emit) =>
      emit.node(
        'SparseToDense',
        [
          emit.in('sparseIndices'),
          emit.ints(call.opens('outputShape'), 'output_shape'),
          emit.in('sparseValues'),
          emit.in('defaultValue'),
        ],
        { validate_indices: attr.bool(true) },
      ),
  },
  SearchSorted: {
    shape: (call) => ({ shape: call.dims('values'), dtype: 'int32' }),
    convert: (call, emit) => {
      const op = call.str('side') === 'left' ? 'LowerBound' : 'UpperBound';
      return emit.node(op, [emit.in('sortedSequence'), emit.in('values')]);
    },
  },
  OneHot: {
    shape: (call) => ({
      shape: [...call.dims('indices'), call.num('depth')],
      dtype: call.str('dtype') as DType,
    }),
    convert: (call, emit) => {
      const dtype = call.str('dtype') as DType;
      return emit.node(
        'OneHot',
        [
          emit.in('indices'),
          emit.scalar(call.open('depth'), 'int32', 'depth'),
          emit.scalar(call.num('onValue'), dtype, 'on_value'),
          emit.scalar(call.num('offValue'), dtype, 'off_value'),
        ],
        { axis: attr.int(-1), T: attr.type(dtype), TI: attr.type('int32') },
      );
    },
  },
  TopK: {
    shape: (call) => {
      const shape = [...call.dims('x').slice(0, -1), call.num('k')];
      return [
        { shape, dtype: call.dtype('x') },
        { shape, dtype: 'int32' },
      ];
    },
    convert: (call, emit) =>
      emit.nodes('TopKV2', [emit.in('x'), emit.scalar(call.open('k'), 'int32', 'k')], 2, {
        sorted: attr.bool(call.bool('sorted')),
      }),
  },
};
