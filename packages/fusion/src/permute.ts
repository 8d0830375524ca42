import { Weight, type Shape } from '@tfjs-optimize/core';
import { sizeOf } from './broadcast.js';

/**
 * A weight with its axes in another order: axis `axes[i]` of the weight becomes axis i. Moves stored
 * elements and decodes nothing, so the encoding stays and the values are exactly the same. Strings
 * are not supported.
 */
export function permuted(weight: Weight, axes: readonly number[]): Weight {
  const shape = axes.map((axis) => weight.shape[axis] as number);
  const width = weight.size === 0 ? 1 : weight.bytes.byteLength / weight.size;
  const from = stridesOf(weight.shape);
  const order = offsets(
    shape,
    axes.map((axis) => from[axis] as number),
  );
  const bytes = new Uint8Array(weight.bytes.byteLength);
  order.forEach((offset, i) => {
    for (let byte = 0; byte < width; byte++) {
      bytes[i * width + byte] = weight.bytes[offset * width + byte] as number;
    }
  });
  return Weight.stored(weight.dtype, shape, weight.encoding, bytes);
}

/** The weight under another shape of as many elements; shares its bytes. */
export function reshaped(weight: Weight, shape: Shape): Weight {
  return Weight.stored(weight.dtype, shape, weight.encoding, weight.bytes);
}

function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

/** Offsets under `strides` of the elements of `shape`, in row-major order. */
function offsets(shape: Shape, strides: readonly number[]): Uint32Array {
  const out = new Uint32Array(sizeOf(shape));
  let filled = out.length > 0 ? 1 : 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [size, stride] = [shape[axis] as number, strides[axis] as number];
    for (let step = 1; step < size; step++) {
      for (let i = 0; i < filled; i++) out[step * filled + i] = (out[i] as number) + step * stride;
    }
    filled *= size;
  }
  return out;
}
