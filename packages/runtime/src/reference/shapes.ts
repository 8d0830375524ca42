/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** How far apart neighbours along each axis are, in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

/** The shape that two are broadcast to; undefined where they don't fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [p, q] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (p !== q && p !== 1 && q !== 1) return undefined;
    shape.push(p === 1 ? q : p);
  }
  return shape;
}

/** For each element of `to`, in row-major order, the index of the element of `from` that is broadcast to it. */
export function broadcastIndexes(from: readonly number[], to: readonly number[]): Int32Array {
  const missing = to.length - from.length;
  const own = stridesOf(from);
  const steps = to.map((_, axis) => {
    const at = axis - missing;
    return at < 0 || from[at] === 1 ? 0 : (own[at] as number);
  });
  return indexes(to, steps);
}

/** The sums of index · step over the axes, for each element of a shape in row-major order. */
export function indexes(shape: readonly number[], steps: readonly number[]): Int32Array {
  const out = new Int32Array(sizeOf(shape));
  const counter = new Int32Array(shape.length);
  let index = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += steps[axis] as number;
      counter[axis] = (counter[axis] as number) + 1;
      if ((counter[axis] as number) < (shape[axis] as number)) break;
      index -= (steps[axis] as number) * (shape[axis] as number);
      counter[axis] = 0;
    }
  }
  return out;
}
