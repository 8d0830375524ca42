import type { ShapeRule } from './row.js';
import { floatOnly, one, partialRule, type TypeOf, typeOf } from '../shapes/basic.js';
import { shapeFrom } from '../shapes/reshape.js';
import { ANY } from './dims.js';
import type { ImageOp } from './names.js';
import type { OpFamily } from './row.js';
import { foldByRunning, need, number, opt, perOutput, sizes, tensor } from './spec.js';

const row = { category: 'image', outputs: 1, traits: [], fold: foldByRunning } as const;

/** [batch, height, width, channels] with the height and width that an input gives. */
function resized(sizeInput: number, batchInput: number, type: TypeOf): ShapeRule {
  return partialRule('[batch, ...size, channels]', 'where the size is computed', (view) => {
    const batch = view.shape(batchInput)?.[0] ?? ANY;
    const [height = ANY, width = ANY] = shapeFrom(view, sizeInput) ?? [];
    return one([batch, height, width, view.shape(0)?.[3] ?? ANY], typeOf(type, view));
  });
}

const resizing = {
  ...row,
  inputs: [tensor('images'), sizes('size')],
  attrs: { align_corners: opt('bool'), half_pixel_centers: opt('bool') },
} as const;

export const image = {
  ResizeBilinear: { ...resizing, shape: resized(1, 0, 'float32'), work: perOutput(7) },
  ResizeNearestNeighbor: { ...resizing, shape: resized(1, 0, floatOnly), work: { kind: 'none' } },
  CropAndResize: {
    ...row,
    inputs: [tensor('image'), tensor('boxes'), tensor('boxInd'), sizes('cropSize')],
    attrs: { method: need('string'), extrapolation_value: opt('float') },
    shape: resized(3, 1, 'float32'),
    work: perOutput(7),
  },
  ImageProjectiveTransformV3: {
    ...row,
    inputs: [tensor('images'), tensor('transforms'), sizes('outputShape'), number('fillValue')],
    attrs: { interpolation: need('string'), fill_mode: need('string') },
    shape: resized(2, 0, 'float32'),
    work: perOutput(7),
  },
} as const satisfies OpFamily<ImageOp>;
