import { resizeBilinear, resizeNearestNeighbor } from '../reference/resize.js';
import type { AttrReader } from './attrs.js';
import { defineOp, type IntegerOp } from './op.js';
import type { Operands } from './operands.js';

const resizeAttrs = (given: AttrReader) => {
  const size = given.ints('size', 0, undefined, []);
  if (size.length !== 0 && (size.length !== 2 || size.includes(0))) {
    given.refuse('size', 'a height and a width of at least 1', size);
  }
  const how = {
    align_corners: given.flag('align_corners'),
    half_pixel_centers: given.flag('half_pixel_centers'),
  };
  if (how.align_corners && how.half_pixel_centers) {
    given.refuse('half_pixel_centers', 'false where corners are aligned', true);
  }
  return { size, ...how };
};

/** The size that the node gives, or its second input. */
function sizeOf(inputs: Operands, size: readonly number[]): [height: number, width: number] {
  if (inputs.has('size')) {
    const [height, width] = inputs.int32('size', 2) as unknown as [number, number];
    if (height < 1 || width < 1)
      inputs.refuse('size', 'a height and a width of at least 1', `${height}, ${width}`);
    return [height, width];
  }
  if (size.length === 0) inputs.refuse('size', 'a size by attribute or input', 'none');
  return size as unknown as [number, number];
}

function resize(
  name: 'ResizeBilinear' | 'ResizeNearestNeighbor',
  reference: typeof resizeBilinear,
): IntegerOp {
  return defineOp({
    name,
    inputs: ['x', 'size'],
    optional: 1,
    attrs: resizeAttrs,
    run: (inputs, attrs) => {
      const shape = inputs.shapeOf('x', 4) as [number, number, number, number];
      if (shape[1] < 1 || shape[2] < 1) inputs.refuse('x', 'pixels', `shape [${shape.join()}]`);
      const size = sizeOf(inputs, attrs.size);
      return {
        shape: [shape[0], ...size, shape[3]],
        data: reference(inputs.int8('x'), shape, size, attrs),
      };
    },
  });
}

export const RESIZES = [
  resize('ResizeBilinear', resizeBilinear),
  resize('ResizeNearestNeighbor', resizeNearestNeighbor),
];
