import type { Shape } from '../node.js';
import { ANY, anyShape, normalAxis } from '../ops/dims.js';
import type { ShapeRule } from '../ops/row.js';
import type { OpView } from '../ops/view.js';
import { one, partialRule, typeOf, type TypeOf } from './basic.js';
import { shapeText } from '../../text/shape.js';

/** The shape without some axes (or with 1 in their place); axes out of range contradict it. */
export function withoutAxes(view: OpView, shape: Shape, axes: readonly number[], keep: boolean): Shape {
  const gone = new Set<number>();
  for (const axis of axes) {
    const at = normalAxis(axis, shape.length);
    if (at === undefined) return view.contradiction(`axes of ${shapeText(shape)}`, String(axis));
    gone.add(at);
  }
  return keep ? shape.map((size, i) => (gone.has(i) ? 1 : size)) : shape.filter((_, i) => !gone.has(i));
}

function reducedShape(view: OpView): Shape | undefined {
  const shape = view.shape(0);
  if (shape === undefined) return undefined;
  const keep = view.flag('keep_dims');
  const axes = view.numbers(1);
  if (axes !== undefined) return withoutAxes(view, shape, axes, keep);
  if (keep) return anyShape(shape.length);
  const axisShape = view.shape(1);
  const count = axisShape?.length === 0 ? 1 : (axisShape?.[0] ?? ANY);
  return count < 0 ? undefined : anyShape(Math.max(shape.length - count, 0));
}

/** Sums and the like over the axes that the second input gives. */
export function reduction(type: TypeOf): ShapeRule {
  return partialRule('without the axes (or with 1 in their place)', 'where the axes are computed', (view) =>
    one(reducedShape(view), typeOf(type, view)),
  );
}

/** Place of the largest or smallest element along an axis. */
export const argReduction: ShapeRule = partialRule(
  'without the axis',
  'where the axis is computed',
  (view) => {
    const shape = view.shape(0);
    const axis = view.number(1);
    if (shape === undefined) return one(undefined, 'int32');
    return one(
      axis === undefined ? anyShape(shape.length - 1) : withoutAxes(view, shape, [axis], false),
      'int32',
    );
  },
);

/** Counts of values below `size`; for matrices, by row. */
export const counts: ShapeRule = partialRule('[size], or [rows, size]', 'where size is computed', (view) => {
  const shape = view.shape(0);
  const size = view.number(1) ?? ANY;
  if (shape === undefined) return one(undefined, view.dtype(2));
  return one(shape.length === 2 ? [shape[0] as number, size] : [size], view.dtype(2));
});
