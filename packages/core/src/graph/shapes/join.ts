import type { Node, Shape } from '../node.js';
import { getAttr } from '../node.js';
import { ANY, addSizes, anyShape, isKnown, normalAxis, sameSize, sizeOr, withSize } from '../ops/dims.js';
import type { ShapeRule, TensorType } from '../ops/row.js';
import type { OpView } from '../ops/view.js';
import { one, partialRule, staticRule, typeOf, type TypeOf } from './basic.js';
import { shapeText } from '../../text/shape.js';

/** Joined along an axis that is the last (`ConcatV2`) or the first input (`Concat`). */
export function concatenated(axisInput: 'first' | 'last'): ShapeRule {
  return partialRule('sizes along the axis summed', 'where the axis is computed', (view) => {
    const parts = axisInput === 'last' ? view.inputs.slice(0, -1) : view.inputs.slice(1);
    const axis = view.number(axisInput === 'last' ? -1 : 0);
    const dtype = parts[0]?.dtype;
    const shapes = parts.map((part) => part.shape);
    if (shapes.length === 0 || shapes.includes(undefined)) return one(undefined, dtype);
    const shape = joinedShape(view, shapes as readonly Shape[], axis);
    const isVector = shape.length === 1 && parts.every((part) => part.values !== undefined);
    const values = isVector ? parts.flatMap((part) => part.values ?? []) : undefined;
    return [{ shape, dtype, values }];
  });
}

function joinedShape(view: OpView, shapes: readonly Shape[], axis: number | undefined): Shape {
  const first = shapes[0] as Shape;
  if (axis === undefined) return anyShape(first.length);
  const at = normalAxis(axis, first.length);
  if (at === undefined) return view.contradiction(`an axis of [${first.join(',')}]`, String(axis));
  return first.map((_, i) => {
    const sizes = shapes.map((shape) => shape[i] ?? ANY);
    return i === at ? addSizes(...sizes) : sizes.reduce((a, b) => equalSize(view, a, b));
  });
}

function equalSize(view: OpView, a: number, b: number): number {
  return sameSize(a, b) ?? view.contradiction('equal sizes beside the axis', `${a} and ${b}`);
}

/** Stacked on a new axis. */
export const packed: ShapeRule = staticRule('with a new axis of the number of inputs', (view) => {
  const known = view.inputs.find((input) => input.shape !== undefined)?.shape;
  const dtype = view.dtype(0);
  if (known === undefined) return one(undefined, dtype);
  const axis = normalAxis(view.int('axis', 0), known.length + 1);
  if (axis === undefined)
    view.contradiction(`an axis of rank ${known.length + 1}`, String(view.int('axis', 0)));
  const merged = known.map((size, i) =>
    view.inputs.reduce((a, input) => (a >= 0 ? a : sizeOr(input.shape?.[i])), size),
  );
  const shape = [...merged.slice(0, axis), view.inputs.length, ...merged.slice(axis)];
  const values = known.length === 0 ? view.inputs.map((input) => input.values?.[0]) : undefined;
  return [{ shape, dtype, values }];
});

/** Number of tensors that an Unpack makes, if the node tells. */
export const unpackCount = (node: Node): number | undefined => getAttr(node, 'num', 'int');

/** Taken apart along an axis. */
export const unpacked: ShapeRule = staticRule('without the axis, for each of its elements', (view) => {
  const { shape, dtype, values } = view.input(0);
  const axis = shape && normalAxis(view.int('axis', 0), shape.length);
  if (shape !== undefined && axis === undefined) {
    view.contradiction(`an axis of ${shapeText(shape)}`, String(view.int('axis', 0)));
  }
  const size = axis === undefined ? ANY : (shape?.[axis] ?? ANY);
  const count = size >= 0 ? size : (unpackCount(view.node) ?? 0);
  const left = shape?.filter((_, i) => i !== axis);
  return Array.from({ length: count }, (_, i) => ({
    shape: left,
    dtype,
    values: left?.length === 0 && values !== undefined ? [values[i]] : undefined,
  }));
});

/** Number of parts of a Split, 1 where it is not told (as in TensorFlow.js). */
export const splitCount = (node: Node): number => getAttr(node, 'num_split', 'int') ?? 1;

export const splitEvenly: ShapeRule = partialRule(
  'size along the axis ÷ parts',
  'where the axis is computed',
  (view) => {
    const parts = splitCount(view.node);
    const shape = view.shape(1);
    const size = partAlong(view, shape, view.number(0), (whole) => whole / parts);
    return new Array<TensorType>(parts).fill({ shape: size, dtype: view.dtype(1) });
  },
);

export const splitBySizes: ShapeRule = partialRule(
  'given by the sizes',
  'where sizes or axis are computed',
  (view) => {
    const sizes = view.values(1);
    const shape = view.shape(0);
    const axis = view.number(2);
    const known = (sizes ?? []).reduce<number>((sum, size) => sum + Math.max(size ?? 0, 0), 0);
    return (sizes ?? []).map((size) => ({
      shape: partAlong(view, shape, axis, (whole) => {
        if (size === undefined) return ANY;
        return size >= 0 ? size : whole < 0 ? ANY : whole - known;
      }),
      dtype: view.dtype(0),
    }));
  },
);

function partAlong(
  view: OpView,
  shape: Shape | undefined,
  axis: number | undefined,
  part: (whole: number) => number,
): Shape | undefined {
  if (shape === undefined) return undefined;
  if (axis === undefined) return anyShape(shape.length);
  const at = normalAxis(axis, shape.length);
  if (at === undefined) return view.contradiction(`an axis of ${shapeText(shape)}`, String(axis));
  const size = part(shape[at] as number);
  if (size >= 0 && !Number.isInteger(size)) {
    view.contradiction('parts of equal sizes', `${shape[at]} split into parts of ${size}`);
  }
  return withSize(shape, at, size < 0 ? ANY : size);
}

/** `x[..., indices, ...]` along an axis; the first `batch_dims` axes are those of both. */
export const gathered: ShapeRule = partialRule(
  'indices in place of the axis',
  'where the axis is computed',
  (view) => {
    const { shape, dtype, values } = view.input(0);
    const indices = view.shape(1);
    if (shape === undefined || indices === undefined) return one(undefined, dtype);
    const asked = view.inputs.length > 2 ? view.number(2) : 0;
    const batch = view.int('batch_dims', 0);
    const fromEnd = batch < 0 ? batch + indices.length : batch;
    if (asked === undefined) return one(anyShape(shape.length - 1 + indices.length - fromEnd), dtype);
    const axis = normalAxis(asked, shape.length);
    if (axis === undefined) return view.contradiction(`an axis of ${shapeText(shape)}`, String(asked));
    const out = [...shape.slice(0, axis), ...indices.slice(fromEnd), ...shape.slice(axis + 1)];
    const picked = shape.length === 1 && axis === 0 ? view.numbers(1) : undefined;
    return [
      { shape: out, dtype, values: values && picked?.map((at) => values[at < 0 ? at + values.length : at]) },
    ];
  },
);

/** Slices of the first input at tuples of indices. */
export const gatheredTuples: ShapeRule = staticRule(
  '[...indices but the last, ...what tuples leave]',
  (view) => {
    const shape = view.shape(0);
    const indices = view.shape(1);
    const depth = indices?.at(-1) ?? ANY;
    if (shape === undefined || indices === undefined || depth < 0) return one(undefined, view.dtype(0));
    return one([...indices.slice(0, -1), ...shape.slice(depth)], view.dtype(0));
  },
);

/** Indices with a new last axis. */
export function oneHotRule(type: TypeOf): ShapeRule {
  return partialRule('[...indices, depth]', 'where depth is computed', (view) => {
    const shape = view.shape(0);
    return one(shape && [...shape, sizeOr(view.number(1))], typeOf(type, view));
  });
}

/** The k largest along the last axis, and their places. */
export const topK: ShapeRule = partialRule('last size is k, twice', 'where k is computed', (view) => {
  const shape = view.shape(0);
  const out = shape && withSize(shape, shape.length - 1, sizeOr(view.number(1)));
  return [
    { shape: out, dtype: view.dtype(0) },
    { shape: out, dtype: 'int32' },
  ];
});

/** `[start, stop)` in steps. */
export const counted: ShapeRule = partialRule(
  '⌈(stop − start) / step⌉',
  'where a bound is computed',
  (view) => {
    const [start, stop, step] = [view.number(0), view.number(1), view.number(2)];
    const dtype = view.type('Tidx') ?? 'float32';
    if (start === undefined || stop === undefined || step === undefined || step === 0)
      return one([ANY], dtype);
    const count = Math.max(Math.ceil((stop - start) / step), 0);
    const values = count <= 64 ? Array.from({ length: count }, (_, i) => start + i * step) : undefined;
    return [{ shape: [count], dtype, values }];
  },
);

/** The shape as the values of a vector. */
export const shapeOf = (dtype: 'int32' | 'float32'): ShapeRule =>
  staticRule('[rank of the input], for each input', (view) =>
    view.inputs.map(({ shape }) => ({
      shape: [shape?.length ?? ANY],
      dtype,
      values: shape?.map((size) => (size < 0 ? undefined : size)),
    })),
  );

export const rankOf: ShapeRule = staticRule('a scalar', (view) => {
  const rank = view.shape(0)?.length;
  return [{ shape: [], dtype: 'int32', values: [rank] }];
});

export const elementCount: ShapeRule = staticRule('a scalar', (view) => {
  const shape = view.shape(0);
  const size = shape !== undefined && isKnown(shape) ? shape.reduce((a, b) => a * b, 1) : undefined;
  return [{ shape: [], dtype: 'int32', values: [size] }];
});
