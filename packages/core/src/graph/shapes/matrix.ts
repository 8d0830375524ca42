import type { Shape } from '../node.js';
import { ANY, broadcastShapes, normalAxis, sameSize } from '../ops/dims.js';
import type { ShapeRule } from '../ops/row.js';
import type { OpView } from '../ops/view.js';
import { one, partialRule, staticRule, typeOf, typeOfInput, widerOfTwo, type TypeOf } from './basic.js';

/** Sizes of a matrix product: `[...batch, m, k] × [...batch, k, n]`. */
export interface ProductSizes {
  readonly batch: Shape;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Names of the flags that transpose the operands. */
export type TransposeFlags = readonly [a: string, b: string];

/** The sizes of a product, after transposition; undefined where a rank is unknown. */
export function productSizes(view: OpView, flags: TransposeFlags): ProductSizes | undefined {
  const a = view.shape(0);
  const b = view.shape(1);
  if (a === undefined || b === undefined) return undefined;
  if (a.length < 2 || b.length < 2) {
    view.contradiction('two operands of rank 2 or more', `[${a.join(',')}] and [${b.join(',')}]`);
  }
  const [m, k] = matrixOf(a, view.flag(flags[0]));
  const [k2, n] = matrixOf(b, view.flag(flags[1]));
  const inner = sameSize(k, k2);
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  if (inner === undefined || batch === 'contradiction') {
    view.contradiction('operands that fit each other', `[${a.join(',')}] and [${b.join(',')}]`);
  }
  return { batch, m, k: inner, n };
}

function matrixOf(shape: Shape, transposed: boolean): readonly [rows: number, columns: number] {
  const rows = shape[shape.length - 2] as number;
  const columns = shape[shape.length - 1] as number;
  return transposed ? [columns, rows] : [rows, columns];
}

export function matrixProduct(flags: TransposeFlags, type: TypeOf = widerOfTwo): ShapeRule {
  return staticRule('[...batch, rows of a, columns of b], batch sizes broadcast', (view) => {
    const sizes = productSizes(view, flags);
    return one(sizes && [...sizes.batch, sizes.m, sizes.n], typeOf(type, view));
  });
}

export const transposed: ShapeRule = partialRule(
  'sizes in the order of perm',
  'where perm is computed',
  (view) => {
    const shape = view.shape(0);
    const perm = view.numbers(1);
    if (shape === undefined) return one(undefined, view.dtype(0));
    if (perm === undefined)
      return one(
        shape.map(() => ANY),
        view.dtype(0),
      );
    const axes = perm.map((axis) => normalAxis(axis, shape.length));
    if (perm.length !== shape.length || new Set(axes).size !== shape.length || axes.includes(undefined)) {
      view.contradiction(`a permutation of ${shape.length} axes`, `[${perm.join(',')}]`);
    }
    return one(
      axes.map((axis) => shape[axis as number] as number),
      typeOfInput()(view),
    );
  },
);

/** Labels of an einsum equation: those of each operand and of the output. */
export function einsumLabels(equation: string): { inputs: readonly string[]; output: string } | undefined {
  const [left, output, ...more] = equation.replaceAll(' ', '').split('->');
  if (left === undefined || output === undefined || more.length > 0 || equation.includes('.'))
    return undefined;
  return { inputs: left.split(','), output };
}

/** Sizes by label; undefined where operands are unknown or contradict the equation. */
export function einsumSizes(view: OpView): ReadonlyMap<string, number> | undefined {
  const labels = einsumLabels(view.text('equation', ''));
  const sizes = new Map<string, number>();
  for (const [i, input] of (labels?.inputs ?? []).entries()) {
    const shape = view.shape(i);
    if (shape?.length !== input.length) return undefined;
    for (const [axis, label] of [...input].entries()) {
      const size = sameSize(sizes.get(label) ?? ANY, shape[axis] as number);
      if (size === undefined) return view.contradiction(`one size for '${label}'`, `several`);
      sizes.set(label, size);
    }
  }
  return labels === undefined ? undefined : sizes;
}

export const einsum: ShapeRule = staticRule('sizes of the labels of the output', (view) => {
  const labels = einsumLabels(view.text('equation', ''));
  const sizes = einsumSizes(view);
  const shape = sizes && labels && [...labels.output].map((label) => sizes.get(label) ?? ANY);
  return one(shape, view.dtype(0));
});
