import { Weight } from '@tfjs-optimize/core';

/** Positions that stay along each axis; null for all of them. */
export type Kept = readonly (readonly number[] | null)[];

/** Row-major indexes of the elements that stay. */
export function keptIndexes(shape: readonly number[], kept: Kept): Int32Array {
  let indexes = Int32Array.of(0);
  shape.forEach((size, axis) => {
    const places = kept[axis] ?? null;
    const count = places?.length ?? size;
    const next = new Int32Array(indexes.length * count);
    let at = 0;
    for (const index of indexes)
      for (let i = 0; i < count; i++)
        next[at++] = index * size + (places === null ? i : (places[i] as number));
    indexes = next;
  });
  return indexes;
}

/** Shape of what stays. */
export function keptShape(shape: readonly number[], kept: Kept): number[] {
  return shape.map((size, axis) => kept[axis]?.length ?? size);
}

/** Elements that stay, in the encoding in which they are stored: not one is rounded again. */
export function sliceWeight(weight: Weight, kept: Kept): Weight {
  const { shape, dtype, encoding, bytes } = weight;
  const indexes = keptIndexes(shape, kept);
  const width = bytes.byteLength / weight.size;
  const left = picked(bytes, width, indexes);
  if (encoding.kind !== 'channels') return Weight.stored(dtype, keptShape(shape, kept), encoding, left);
  // Scales count along an axis, or along it and the ones behind it.
  const { axis, scales } = encoding;
  const along = axesOfScales(shape, axis, scales.length);
  const places = keptIndexes(
    along.map((at) => shape[at] as number),
    along.map((at) => kept[at] ?? null),
  );
  const own = Float32Array.from(places, (place) => scales[place] as number);
  return Weight.stored(dtype, keptShape(shape, kept), { kind: 'channels', axis, scales: own }, left);
}

/** Elements of some width at indexes. */
function picked(bytes: Uint8Array, width: number, indexes: Int32Array): Uint8Array {
  const left = new Uint8Array(indexes.length * width);
  if (width === 4 && bytes.byteOffset % 4 === 0) {
    const [from, to] = [
      new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
      new Uint32Array(left.buffer),
    ];
    for (let at = 0; at < indexes.length; at++) to[at] = from[indexes[at] as number] as number;
    return left;
  }
  indexes.forEach((index, at) => {
    for (let b = 0; b < width; b++) left[at * width + b] = bytes[index * width + b] as number;
  });
  return left;
}

function axesOfScales(shape: readonly number[], first: number, count: number): number[] {
  const axes: number[] = [];
  for (let [at, product] = [first, 1]; at < shape.length && (product < count || axes.length === 0); at++) {
    axes.push(at);
    product *= shape[at] as number;
  }
  return axes;
}
