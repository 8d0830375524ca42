import { attr } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import { likeFirst, type KernelRow, type KernelRows } from './row.js';

function resize(op: string, float: boolean): KernelRow {
  return {
    shape: (call) => {
      const [n, , , c] = call.dims('images') as [number, number, number, number];
      return { shape: [n, ...call.nums('size'), c], dtype: float ? 'float32' : call.dtype('images') };
    },
    convert: (call: CallView, emit: CallEmitter) =>
      emit.node(op, [emit.in('images'), emit.ints(call.opens('size'), 'size')], {
        align_corners: attr.bool(call.bool('alignCorners')),
        half_pixel_centers: attr.bool(call.bool('halfPixelCenters')),
      }),
  };
}

/** Spectral kernels keep shape and type. */
function spectral(op: string): KernelRow {
  return { shape: likeFirst, convert: (_call, emit) => emit.node(op, [emit.in('input')]) };
}

export const imageKernels: KernelRows = {
  ResizeBilinear: resize('ResizeBilinear', true),
  ResizeNearestNeighbor: resize('ResizeNearestNeighbor', false),
  CropAndResize: {
    shape: (call) => {
      const [boxes] = call.dims('boxes') as [number];
      const [, , , channels] = call.dims('image') as [number, number, number, number];
      return { shape: [boxes, ...call.nums('cropSize'), channels], dtype: 'float32' };
    },
    convert: (call, emit) =>
      emit.node(
        'CropAndResize',
        [
          emit.in('image'),
          emit.in('boxes'),
          emit.in('boxInd'),
          emit.ints(call.opens('cropSize'), 'crop_size'),
        ],
        {
          method: attr.string(call.str('method')),
          extrapolation_value: attr.float(call.num('extrapolationValue')),
        },
      ),
  },
  Transform: {
    shape: (call) => {
      const [n, h, w, c] = call.dims('image') as [number, number, number, number];
      const given = call.raw('outputShape');
      const size = given === undefined ? [h, w] : call.nums('outputShape');
      return { shape: [n, ...size, c], dtype: call.dtype('image') };
    },
    convert: (call, emit) =>
      emit.node(
        'ImageProjectiveTransformV3',
        [
          emit.in('image'),
          emit.in('transforms'),
          emit.ints(call.output().shape.slice(1, 3), 'output_shape'),
          emit.scalar(call.num('fillValue'), 'float32', 'fill_value'),
        ],
        {
          interpolation: attr.string(call.str('interpolation').toUpperCase()),
          fill_mode: attr.string(call.str('fillMode').toUpperCase()),
        },
      ),
  },
  FFT: spectral('FFT'),
  IFFT: spectral('IFFT'),
};
