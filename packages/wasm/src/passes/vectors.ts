import { Weight, type RuleContext, type ValueId } from '@tfjs-optimize/core';

/** A constant as one number a column: itself, or a new one; undefined when it varies along another axis or has more axes than `rank`. */
export function vectorOf(
  value: ValueId,
  columns: number,
  rank: number,
  context: RuleContext,
): ValueId | undefined {
  const weight = context.weight(value);
  const numbers = weight && columnsOf(weight, columns, rank);
  if (weight === undefined || numbers === undefined) return undefined;
  if (weight.shape.length === 1 && weight.size === columns) return value;
  return context.constant(Weight.of(Float32Array.from(numbers), [columns]), { name: value, instead: value });
}

/** The numbers of a constant, one a column; undefined as above. */
export function columnsOf(weight: Weight, columns: number, rank: number): ArrayLike<number> | undefined {
  const { dtype, shape, size } = weight;
  if (dtype !== 'float32' || shape.length > rank) return undefined;
  if (size === 1) return new Float64Array(columns).fill(weight.numbers()[0] as number);
  return size === columns && shape.at(-1) === columns ? weight.numbers() : undefined;
}

/** A new constant of one number for all columns. */
export function filled(number: number, columns: number, name: string, context: RuleContext): ValueId {
  return context.constant(Weight.of(new Float32Array(columns).fill(number), [columns]), { name });
}
