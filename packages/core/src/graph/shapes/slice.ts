import type { Shape } from '../node.js';
import { ANY, anyShape } from '../ops/dims.js';
import type { ShapeRule, TensorType } from '../ops/row.js';
import type { OpView } from '../ops/view.js';
import { one, partialRule } from './basic.js';

/** What a (strided) slice takes of one axis of its input. */
export type Cut =
  /** `count` elements from `begin` on, `stride` apart; -1 and undefined where unknown. */
  | {
      readonly kind: 'range';
      readonly begin: number | undefined;
      readonly stride: number;
      readonly count: number;
    }
  /** One element; the axis goes away. */
  | { readonly kind: 'index'; readonly at: number | undefined }
  /** A new axis of size 1, of no axis of the input. */
  | { readonly kind: 'new' };

/** The cuts of a `Slice` node (begin, size; a size of -1 is the rest), one for each axis. */
export function sliceCuts(view: OpView, shape: Shape): readonly Cut[] {
  const begin = view.values(1);
  const size = view.values(2);
  return shape.map((length, axis): Cut => {
    const from = begin?.[axis];
    const asked = size?.[axis];
    if (asked !== undefined && asked >= 0) return { kind: 'range', begin: from, stride: 1, count: asked };
    const isRest = asked === -1 && from !== undefined && length >= 0;
    return { kind: 'range', begin: from, stride: 1, count: isRest ? Math.max(length - from, 0) : ANY };
  });
}

/**
 * The cuts of a `StridedSlice` node in the order of its output's axes (index cuts in between);
 * undefined where begin, end or strides have unknown lengths.
 */
export function stridedCuts(view: OpView, shape: Shape): readonly Cut[] | undefined {
  const begin = view.values(1);
  const end = view.values(2);
  const strides = view.values(3);
  const count = begin?.length ?? end?.length ?? strides?.length;
  if (count === undefined) return undefined;
  const mask = (name: string, i: number): boolean => ((view.int(name, 0) >> i) & 1) === 1;
  const newAxes = Array.from({ length: count }, (_, i) => i).filter((i) => mask('new_axis_mask', i)).length;
  const hasEllipsis = view.int('ellipsis_mask', 0) !== 0;
  const cuts: Cut[] = [];
  let axis = 0;
  for (let i = 0; i < count; i++) {
    if (mask('ellipsis_mask', i)) {
      const skipped = shape.length - (count - 1 - newAxes);
      for (let k = 0; k < skipped; k++) cuts.push(whole(shape[axis++] ?? ANY));
    } else if (mask('new_axis_mask', i)) {
      cuts.push({ kind: 'new' });
    } else {
      const length = shape[axis++];
      if (length === undefined) return view.contradiction(`at most ${shape.length} slices`, String(count));
      if (mask('shrink_axis_mask', i)) cuts.push({ kind: 'index', at: indexAt(begin?.[i], length) });
      else {
        const from = mask('begin_mask', i) ? 'open' : begin?.[i];
        const to = mask('end_mask', i) ? 'open' : end?.[i];
        cuts.push(range(length, from, to, strides?.[i]));
      }
    }
  }
  if (!hasEllipsis) while (axis < shape.length) cuts.push(whole(shape[axis++] as number));
  return cuts;
}

function whole(length: number): Cut {
  return { kind: 'range', begin: 0, stride: 1, count: length };
}

function indexAt(at: number | undefined, length: number): number | undefined {
  if (at === undefined) return undefined;
  return at >= 0 ? at : length < 0 ? undefined : at + length;
}

type Bound = number | 'open' | undefined;

/** Python's slice of one axis; a bound that is 'open' is the end it comes from or goes to. */
function range(length: number, from: Bound, to: Bound, stride: number | undefined): Cut {
  const unknown: Cut = { kind: 'range', begin: undefined, stride: stride ?? 1, count: ANY };
  if (from === undefined || to === undefined || stride === undefined || stride === 0) return unknown;
  if (length < 0) return unknownLength(from, to, stride) ?? unknown;
  const lowest = stride > 0 ? 0 : -1;
  const highest = stride > 0 ? length : length - 1;
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, lowest), highest);
  const begin = from === 'open' ? (stride > 0 ? 0 : length - 1) : clamp(from);
  const end = to === 'open' ? (stride > 0 ? length : -1) : clamp(to);
  return { kind: 'range', begin, stride, count: Math.max(Math.ceil((end - begin) / stride), 0) };
}

/**
 * Of an axis of unknown length only `[:]` (the unknown length again) is certain: every other bound
 * is clamped to the length.
 */
function unknownLength(from: Bound, to: Bound, stride: number): Cut | undefined {
  const fromStart = from === 'open' || from === 0;
  return fromStart && to === 'open' && stride === 1 ? whole(ANY) : undefined;
}

function shapeOfCuts(cuts: readonly Cut[]): Shape {
  return cuts.flatMap((cut) => (cut.kind === 'range' ? [cut.count] : cut.kind === 'new' ? [1] : []));
}

/** The known elements of a cut of a vector. */
function cutValues(cuts: readonly Cut[], values: TensorType['values']): TensorType['values'] {
  const cut = cuts.find(({ kind }) => kind !== 'new');
  if (values === undefined || cut === undefined || cut.kind === 'new') return undefined;
  if (cut.kind === 'index') return cut.at === undefined ? undefined : [values[cut.at]];
  const { begin, stride, count } = cut;
  if (begin === undefined || count < 0) return undefined;
  return Array.from({ length: count }, (_, i) => values[begin + i * stride]);
}

function cutOut(view: OpView, cuts: readonly Cut[] | undefined): readonly TensorType[] {
  const { dtype, shape, values } = view.input(0);
  if (cuts === undefined) return one(undefined, dtype);
  return [
    { dtype, shape: shapeOfCuts(cuts), values: shape?.length === 1 ? cutValues(cuts, values) : undefined },
  ];
}

export const sliced: ShapeRule = partialRule(
  'given by size; -1 is the rest',
  'where begin or size are computed',
  (view) => {
    const shape = view.shape(0) ?? shapeByLength(view);
    return cutOut(view, shape && sliceCuts(view, shape));
  },
);

/** The rank of a slice is also told by the length of `begin` or `size`. */
function shapeByLength(view: OpView): Shape | undefined {
  const rank = (view.values(1) ?? view.values(2))?.length;
  return rank === undefined ? undefined : anyShape(rank);
}

export const stridedSliced: ShapeRule = partialRule(
  'as in Python, masks included',
  'where begin, end or strides are computed',
  (view) => {
    const shape = view.shape(0);
    return cutOut(view, shape && stridedCuts(view, shape));
  },
);
