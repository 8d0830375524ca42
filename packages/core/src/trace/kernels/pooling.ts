import * as tf from '@tensorflow/tfjs';
import { attr, type Attrs } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import { isVarying, shapeAt } from '../numbers.js';
import { padOf, rounding } from './convolution.js';
import type { KernelRow, KernelRows } from './row.js';

type Four = [number, number, number, number];
type Five = [number, number, number, number, number];
type Three = [number, number, number];
type Pad = 'valid' | 'same';

function outShape(call: CallView, x: readonly number[], plain = false): number[] {
  const spatial = x.length - 2;
  const mode = plain ? undefined : rounding(call);
  const [size, strides] = [call.each('filterSize', spatial), call.each('strides', spatial)];
  const pad = padOf(call) as Pad;
  if (spatial === 3) {
    return tf.backend_util.computePool3DInfo(x as Five, size as Three, strides as Three, 1, pad, mode)
      .outShape;
  }
  return tf.backend_util.computePool2DInfo(
    x as Four,
    size as [number, number],
    strides as [number, number],
    1,
    pad,
    mode,
  ).outShape;
}

function poolAttrs(call: CallView, pad: string): Attrs {
  const spatial = call.input('x').shape.length - 2;
  return {
    ksize: attr.ints([1, ...call.each('filterSize', spatial), 1]),
    strides: attr.ints([1, ...call.each('strides', spatial), 1]),
    padding: attr.string(pad),
    data_format: attr.string(spatial === 3 ? 'NDHWC' : 'NHWC'),
  };
}

/** Refuses what the graph format has no attribute for. */
function checkPool(call: CallView): void {
  if (call.raw('dataFormat') === 'NCDHW') call.refuse('channels-first data');
  if (rounding(call) === undefined) return;
  const traces = call.output().shape.find(isVarying)?.at.length ?? 1;
  for (let k = 0; k < traces; k++) {
    const plain = outShape(call, shapeAt(call.input('x').shape, k), true);
    if (plain.join() !== shapeAt(call.output().shape, k).join()) {
      call.refuse(`dimRoundingMode '${rounding(call)}', which changes the output size here`);
    }
  }
}

/**
 * Numbers for padding have no place in pooling ops of a graph. For the maximum they are the same as
 * a frame of minus infinity; an average that leaves its padding out of the count has no equivalent.
 */
function pool(call: CallView, emit: CallEmitter, op: string): string {
  checkPool(call);
  const pad = padOf(call);
  if (typeof pad === 'string') return emit.node(op, [emit.in('x')], poolAttrs(call, pad.toUpperCase()));
  if (pad === 0) return emit.node(op, [emit.in('x')], poolAttrs(call, 'VALID'));
  if (!op.startsWith('Max')) call.refuse('padding by numbers in average pooling');
  if (call.dtype('x') !== 'float32') call.refuse('padding by numbers in pooling of integers');
  const spatial = call.input('x').shape.length - 2;
  const sides =
    typeof pad === 'number' ? Array.from({ length: spatial }, () => [pad, pad]) : pad.slice(1, -1);
  const paddings = emit.ints([0, 0, ...sides.flat(), 0, 0], 'paddings', [spatial + 2, 2]);
  const framed = emit.node('PadV2', [emit.in('x'), paddings, emit.scalar(-Infinity, 'float32')]);
  return emit.node(op, [framed], poolAttrs(call, 'VALID'));
}

function poolRow(op: string): KernelRow {
  return {
    shape: (call) => ({ shape: outShape(call, call.dims('x')), dtype: call.dtype('x') }),
    convert: (call, emit) => pool(call, emit, op),
  };
}

export const poolingKernels: KernelRows = {
  AvgPool: poolRow('AvgPool'),
  MaxPool: poolRow('MaxPool'),
  AvgPool3D: poolRow('AvgPool3D'),
  MaxPool3D: poolRow('MaxPool3D'),
  MaxPoolWithArgmax: {
    shape: (call) => {
      const shape = outShape(call, call.dims('x'));
      return [
        { shape, dtype: call.dtype('x') },
        { shape, dtype: 'int32' },
      ];
    },
    convert: (call, emit) => {
      const pad = padOf(call);
      if (typeof pad !== 'string') call.refuse('padding by numbers');
      return emit.nodes('MaxPoolWithArgmax', [emit.in('x')], 2, {
        ...poolAttrs(call, String(pad).toUpperCase()),
        include_batch_in_index: attr.bool(call.bool('includeBatchInIndex')),
      });
    },
  },
};
