import { Weight, type Encoding, type Shape } from '@tfjs-optimize/core';
import { sizeOf } from './broadcast.js';

/**
 * A weight with its axes in another order: axis `axes[i]` of the weight becomes axis i. Moves stored
 * elements and decodes nothing, so the encoding stays and the values are exactly the same; but where
 * axes that count channels together are torn apart the weight becomes plain. Strings are not supported.
 */
export function permuted(weight: Weight, axes: readonly number[]): Weight {
  const encoding = permutedEncoding(weight, axes);
  if (encoding === undefined) return permuted(plain(weight), axes);
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
  return Weight.stored(weight.dtype, shape, encoding, bytes);
}

/**
 * The weight under another shape of as many elements; shares its bytes, but where its channels are no
 * axes of that shape, and it becomes plain.
 */
export function reshaped(weight: Weight, shape: Shape): Weight {
  const encoding = reshapedEncoding(weight, shape);
  if (encoding === undefined) return reshaped(plain(weight), shape);
  return Weight.stored(weight.dtype, shape, encoding, weight.bytes);
}

function plain(weight: Weight): Weight {
  return Weight.of(weight.values(), weight.shape, weight.dtype);
}

/** Undefined where the axes that count channels do not stay together. */
function permutedEncoding({ encoding, shape }: Weight, axes: readonly number[]): Encoding | undefined {
  if (encoding.kind !== 'channels') return encoding;
  const { axis, scales } = encoding;
  const first = axes.indexOf(axis);
  const stay = channelAxes(shape, axis, scales.length)?.every((old, i) => axes[first + i] === old);
  return stay === true ? { ...encoding, axis: first } : undefined;
}

/** Undefined where no axes of the new shape count the same channels. */
function reshapedEncoding({ encoding, shape }: Weight, next: Shape): Encoding | undefined {
  if (encoding.kind !== 'channels') return encoding;
  const { axis, scales } = encoding;
  // Elements after which the channels begin anew.
  const period = sizeOf(shape.slice(axis));
  const found = next.findIndex(
    (_, at) => sizeOf(next.slice(at)) === period && channelAxes(next, at, scales.length) !== undefined,
  );
  return found < 0 ? undefined : { ...encoding, axis: found };
}

/** The axes that count channels: from `axis` on as many as it takes; undefined where no number of them does. */
function channelAxes(shape: Shape, axis: number, count: number): number[] | undefined {
  const out: number[] = [];
  let size = 1;
  for (let at = axis; at < shape.length && (out.length === 0 || size < count); at++) {
    size *= shape[at] as number;
    out.push(at);
  }
  return size === count ? out : undefined;
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
