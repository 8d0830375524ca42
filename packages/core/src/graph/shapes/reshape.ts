import type { Shape } from '../node.js';
import {
  ANY,
  anyShape,
  broadcastShapes,
  isKnown,
  multiplySizes,
  normalAxis,
  sameSize,
  sizeOf,
} from '../ops/dims.js';
import type { ShapeRule, TensorType } from '../ops/row.js';
import type { OpView } from '../ops/view.js';
import { one, partialRule, staticRule, typeOf, typeOfInput, type TypeOf } from './basic.js';
import { shapeText } from '../../text/shape.js';

/** The shape that the elements of an input spell; unknown elements are unknown sizes. */
export function shapeFrom(view: OpView, index: number): Shape | undefined {
  const values = view.values(index);
  if (values !== undefined) return values.map((value) => (value === undefined || value < 0 ? ANY : value));
  const length = view.shape(index)?.[0];
  return length === undefined || length < 0 ? undefined : anyShape(length);
}

/** A new tensor of the shape that the elements of an input spell. */
export function ofGivenShape(type: TypeOf, index = 0): ShapeRule {
  return partialRule('given by the shape input', 'where the shape is computed from values', (view) =>
    one(shapeFrom(view, index), typeOf(type, view)),
  );
}

/**
 * The shape of a reshape: sizes as asked for; the one asked for as -1 is what is left. Where a size
 * of the input is unknown it can still be found: if it stands unchanged at the same place of both, it
 * cancels out.
 */
export function reshaped(view: OpView): Shape | undefined {
  const target = view.values(1);
  const asked = shapeFrom(view, 1);
  const input = view.shape(0);
  if (asked === undefined || input === undefined || target === undefined) return asked;
  const free = asked.flatMap((size, i) => (size < 0 ? [i] : []));
  if (free.length === 0) return checkedSize(view, input, asked);
  if (free.length > 1 || sizeOf(asked.filter((size) => size >= 0)) === 0) return asked;
  const at = free[0] as number;
  const total = sizeOf(input);
  const rest = asked.filter((_, i) => i !== at);
  if (total >= 0) return asked.map((size, i) => (i === at ? wholeQuotient(view, total, sizeOf(rest)) : size));
  return asked;
}

function checkedSize(view: OpView, input: Shape, asked: Shape): Shape {
  const total = sizeOf(input);
  if (total >= 0 && total !== sizeOf(asked)) {
    view.contradiction(`${total} elements (of [${input.join(',')}])`, `[${asked.join(',')}]`);
  }
  return asked;
}

function wholeQuotient(view: OpView, total: number, rest: number): number {
  const size = total / rest;
  return Number.isInteger(size)
    ? size
    : view.contradiction(`a size that divides ${total} elements`, String(rest));
}

export const reshape: ShapeRule = partialRule(
  'given by the shape input; -1 is what is left',
  'where the shape is computed from values',
  (view) => withValues(view, reshaped(view)),
);

/** An output that holds the elements of the first input in their order. */
function withValues(view: OpView, shape: Shape | undefined): readonly TensorType[] {
  const { dtype, values } = view.input(0);
  return [{ shape, dtype, values }];
}

export const ensuredShape: ShapeRule = staticRule(
  'that of the input, as far as the shape input tells',
  (view) => {
    const shape = view.shape(0);
    const wanted = shapeFrom(view, 1);
    if (shape === undefined || wanted === undefined) return withValues(view, shape ?? wanted);
    const merged = shape.map((size, i) => sameSize(size, wanted[i] ?? ANY));
    if (wanted.length !== shape.length || merged.includes(undefined)) {
      view.contradiction(`shape ${shapeText(wanted)}`, shapeText(shape));
    }
    return withValues(view, merged as number[]);
  },
);

export const expandedDims: ShapeRule = partialRule(
  'with a 1 at the axis',
  'where the axis is computed',
  (view) => {
    const shape = view.shape(0);
    if (shape === undefined) return withValues(view, undefined);
    const axis = view.number(1);
    if (axis === undefined) return withValues(view, anyShape(shape.length + 1));
    const at = normalAxis(axis, shape.length + 1);
    if (at === undefined) return view.contradiction(`an axis of rank ${shape.length + 1}`, String(axis));
    return withValues(view, [...shape.slice(0, at), 1, ...shape.slice(at)]);
  },
);

export const squeezed: ShapeRule = staticRule('without the axes of size 1', (view) => {
  const shape = view.shape(0);
  if (shape === undefined) return withValues(view, undefined);
  const asked = view.ints('squeeze_dims') ?? view.ints('axis') ?? [];
  if (asked.length === 0) {
    return withValues(view, isKnown(shape) ? shape.filter((size) => size !== 1) : undefined);
  }
  const axes = new Set(asked.map((axis) => normalAxis(axis, shape.length)));
  if (axes.has(undefined) || shape.some((size, i) => axes.has(i) && size > 1)) {
    view.contradiction('axes of size 1', `[${asked.join(',')}] of ${shapeText(shape)}`);
  }
  return withValues(
    view,
    shape.filter((_, i) => !axes.has(i)),
  );
});

export const padded: ShapeRule = partialRule('sizes + paddings', 'where paddings are computed', (view) => {
  const shape = view.shape(0);
  const paddings = view.values(1);
  if (shape === undefined) return one(undefined, view.dtype(0));
  const out = shape.map((size, i) => {
    const before = paddings?.[2 * i];
    const after = paddings?.[2 * i + 1];
    return size < 0 || before === undefined || after === undefined ? ANY : size + before + after;
  });
  return one(out, typeOfInput()(view));
});

export const tiled: ShapeRule = partialRule('sizes × repeats', 'where repeats are computed', (view) => {
  const shape = view.shape(0);
  const repeats = view.values(1);
  return one(
    shape?.map((size, i) => multiplySizes(size, repeats?.[i] ?? ANY)),
    view.dtype(0),
  );
});

export const broadcastTo: ShapeRule = partialRule(
  'given by the shape input',
  'where the shape is computed from values',
  (view) => {
    const shape = shapeFrom(view, 1);
    const input = view.shape(0);
    if (shape === undefined || input === undefined) return one(shape, view.dtype(0));
    const joined = broadcastShapes(input, shape);
    return one(joined === 'contradiction' ? shape : joined, view.dtype(0));
  },
);
