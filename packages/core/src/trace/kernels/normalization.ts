import { attr } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import type { Emitted } from '../emitted.js';
import { sameShape, type Num } from '../numbers.js';
import { likeFirst, type KernelRows } from './row.js';

/** The rank-four shape that `tf.batchNorm` gives its input before it calls the kernel. */
function asFour(shape: readonly Num[]): readonly Num[] | undefined {
  switch (shape.length) {
    case 2:
      return [1, 1, ...shape];
    case 3:
      return [1, ...shape];
    case 4:
      return shape;
    default:
      return undefined;
  }
}

/**
 * The graph op always has scale and offset. Without them the kernels use the constants one and zero,
 * which are written out here. The op reshapes its input to rank four by itself, so the reshapes that
 * `tf.batchNorm` recorded around the kernel are left out.
 */
function batchNorm(call: CallView, emit: CallEmitter): Emitted {
  const base = emit.base('x');
  const direct = asFour(base.shape);
  const x = direct !== undefined && sameShape(direct, call.input('x').shape) ? base : emit.materialized('x');
  const constant = (value: number, hint: string): string => {
    const { shape } = call.input('mean');
    if (shape.length !== 1 || typeof shape[0] !== 'number')
      return call.refuse('a mean of more than one axis');
    return emit.filled(value, [shape[0]], hint);
  };
  const scale = call.has('scale') ? emit.in('scale') : constant(1, 'scale');
  const offset = call.has('offset') ? emit.in('offset') : constant(0, 'offset');
  const value = emit.node(
    'FusedBatchNormV3',
    [x.value, scale, offset, emit.in('mean'), emit.in('variance')],
    {
      epsilon: attr.float(call.num('varianceEpsilon')),
      data_format: attr.string('NHWC'),
      is_training: attr.bool(false),
      U: attr.type('float32'),
    },
  );
  return { value, shape: x.shape, dtype: x.dtype };
}

/** The graph's softmax works on the last axis, as the kernel does. */
function lastAxis(call: CallView, name: string): void {
  const rank = call.input('logits').shape.length;
  const axis = call.num(name);
  if (axis !== -1 && axis !== rank - 1) call.refuse('a softmax over an axis that is not the last');
}

export const normalizationKernels: KernelRows = {
  FusedBatchNorm: { shape: likeFirst, convert: batchNorm },
  LRN: {
    shape: likeFirst,
    convert: (call, emit) =>
      emit.node('LRN', [emit.in('x')], {
        depth_radius: attr.int(call.num('depthRadius')),
        bias: attr.float(call.num('bias')),
        alpha: attr.float(call.num('alpha')),
        beta: attr.float(call.num('beta')),
      }),
  },
  Softmax: {
    shape: likeFirst,
    convert: (call, emit) => {
      lastAxis(call, 'dim');
      return emit.node('Softmax', [emit.in('logits')]);
    },
  },
  LogSoftmax: {
    shape: likeFirst,
    convert: (call, emit) => {
      lastAxis(call, 'axis');
      return emit.node('LogSoftmax', [emit.in('logits')]);
    },
  },
};
