import { attr } from '../../graph/node.js';
import type { DType } from '../../weights.js';
import type { KernelRows } from './row.js';

/**
 * Kernels that make values from numbers. Where their values are the same at every size they have become constants
 * before these rows are asked; what is left depends on unknown sizes.
 */
export const creationKernels: KernelRows = {
  BroadcastArgs: {
    shape: (call) => {
      const [[a], [b]] = [call.dims('s0'), call.dims('s1')];
      return { shape: [Math.max(a ?? 0, b ?? 0)], dtype: 'int32' };
    },
    convert: (_call, emit) => emit.node('BroadcastArgs', [emit.in('s0'), emit.in('s1')]),
  },
  Fill: {
    shape: (call) => ({ shape: call.nums('shape'), dtype: call.str('dtype') as DType }),
    convert: (call, emit) => {
      const dtype = call.str('dtype') as DType;
      const dims = emit.ints(call.opens('shape'), 'dims');
      return emit.node('Fill', [dims, emit.scalar(call.open('value'), dtype, 'value')], {
        T: attr.type(dtype),
        index_type: attr.type('int32'),
      });
    },
  },
  Range: {
    shape: (call) => {
      const [start, stop, step] = [call.num('start'), call.num('stop'), call.num('step')];
      return { shape: [Math.max(0, Math.ceil((stop - start) / step))], dtype: call.str('dtype') as DType };
    },
    convert: (call, emit) => {
      const dtype = call.str('dtype') as DType;
      return emit.node(
        'Range',
        [
          emit.scalar(call.open('start'), dtype, 'start'),
          emit.scalar(call.open('stop'), dtype, 'limit'),
          emit.scalar(call.open('step'), dtype, 'delta'),
        ],
        { Tidx: attr.type(dtype) },
      );
    },
  },
  LinSpace: {
    shape: (call) => ({ shape: [call.num('num')], dtype: 'float32' }),
    convert: (call, emit) =>
      emit.node(
        'LinSpace',
        [
          emit.scalar(call.open('start'), 'float32', 'start'),
          emit.scalar(call.open('stop'), 'float32', 'stop'),
          emit.scalar(call.open('num'), 'int32', 'num'),
        ],
        { T: attr.type('float32'), Tidx: attr.type('int32') },
      ),
  },
};
