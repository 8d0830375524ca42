import * as fc from 'fast-check';
import type { DType, GraphBuilder, PlainAttrs, ValueId } from '@tfjs-optimize/core';

/** One random node: what it is made of. */
export interface OpCase {
  readonly op: string;
  /** Shape of each data input (placeholders), with its type. */
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype?: DType }[];
  readonly attrs?: PlainAttrs;
  /** Constants that the op reads, after the inputs unless `args` says otherwise. */
  readonly constants?: readonly {
    readonly values: readonly number[];
    readonly shape: readonly number[];
    readonly dtype?: DType;
  }[];
  /** Order of inputs (`i0`, …) and constants (`c0`, …). */
  readonly args?: readonly string[];
  readonly outputs?: number;
}

export const size = fc.integer({ min: 1, max: 6 });
export const shapeOf = (min: number, max = min): fc.Arbitrary<number[]> =>
  fc.array(size, { minLength: min, maxLength: max });
export const ones = (shape: readonly number[]): number[] =>
  new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1);
export const ints = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  ({ values, shape, dtype: 'int32' }) as const;
export const floats = (shape: readonly number[]) =>
  ({ values: ones(shape), shape, dtype: 'float32' }) as const;
export const axisOf = (rank: number): fc.Arbitrary<number> => fc.integer({ min: -rank, max: rank - 1 });

/** Adds a case to a builder; its placeholders have the sizes that `hide` lets through, others are unknown. */
export function addCase(
  b: GraphBuilder,
  made: OpCase,
  hide: (size: number) => number = (dim) => dim,
): ValueId {
  const inputs = made.inputs.map(({ shape, dtype }, i) => b.input(`i${i}`, shape.map(hide), dtype));
  const constants = (made.constants ?? []).map(({ values, shape, dtype }, i) =>
    b.constant(`c${i}`, values, shape, dtype),
  );
  return b.op(made.op, made.args ?? [...inputs, ...constants], made.attrs ?? {}, 'node');
}
