import type { Shape } from '@tfjs-optimize/core';

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The shape of an elementwise result of two shapes, or undefined when they do not go together. */
export function broadcastShape(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    out.push(left === 1 ? right : left);
  }
  return out;
}

/**
 * a·b, element by element, where `b` is broadcast to the shape of `a`. Computed in double precision
 * and written to `out`, which rounds once where it is a Float32Array.
 */
export function multiply<T extends Float32Array | Float64Array>(
  a: ArrayLike<number>,
  shape: Shape,
  b: ArrayLike<number>,
  shapeB: Shape,
  out: T,
): T {
  const strides = stridesWithin(shape, shapeB);
  const inner = shape[shape.length - 1] ?? 1;
  const innerStride = strides[strides.length - 1] ?? 0;
  for (let start = 0; start < a.length; start += inner) {
    const base = offsetOf(start, shape, strides);
    for (let i = 0; i < inner; i++) {
      out[start + i] = (a[start + i] as number) * (b[base + i * innerStride] as number);
    }
  }
  return out;
}

/** The elements of `b`, repeated to fill `shape`. */
export function broadcastTo(b: ArrayLike<number>, shapeB: Shape, shape: Shape): Float64Array {
  const ones = new Float64Array(sizeOf(shape)).fill(1);
  return multiply(ones, shape, b, shapeB, ones);
}

/** Strides of `b` along the axes of `shape`; 0 along the axes it is broadcast over. */
function stridesWithin(shape: Shape, shapeB: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let i = shapeB.length - 1; i >= 0; i--) {
    const axis = shape.length - shapeB.length + i;
    const size = shapeB[i] as number;
    if (size !== 1) strides[axis] = stride;
    stride *= size;
  }
  return strides;
}

/** Where row-major element `index` of `shape` lies under other strides. */
function offsetOf(index: number, shape: Shape, strides: readonly number[]): number {
  let rest = index;
  let offset = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    offset += (rest % size) * (strides[axis] as number);
    rest = Math.floor(rest / size);
  }
  return offset;
}

/** Whether every number is finite once it is stored as float32. */
export function fitsFloat32(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(Math.fround(values[i] as number))) return false;
  return true;
}
