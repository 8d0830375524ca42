/**
 * A whole number that differs between the traces of one function: a size that depends on the
 * unknown dimensions of the inputs. `at[k]` is its value in trace k.
 */
export class Varying {
  constructor(readonly at: readonly number[]) {}

  /** Equal keys mean equal values in every trace. */
  get key(): string {
    return this.at.join(',');
  }
}

/** A number that is the same in every trace, or not. */
export type Num = number | Varying;

export function isVarying(value: unknown): value is Varying {
  return value instanceof Varying;
}

/** The value of a number in trace k. */
export function valueAt(num: Num, k: number): number {
  return typeof num === 'number' ? num : (num.at[k] as number);
}

/** One number from its values in each trace. */
export function mergeNumber(at: readonly number[]): Num {
  const first = at[0] as number;
  return at.every((value) => Object.is(value, first)) ? first : new Varying(at);
}

/** A number computed trace by trace, as from sizes by arithmetic. */
export function combine(nums: readonly Num[], f: (...values: number[]) => number): Num {
  const traces = nums.find(isVarying)?.at.length ?? 1;
  return mergeNumber(Array.from({ length: traces }, (_, k) => f(...nums.map((num) => valueAt(num, k)))));
}

export function sameNum(a: Num, b: Num): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b);
  return a.key === b.key;
}

export function sameShape(a: readonly Num[], b: readonly Num[]): boolean {
  return a.length === b.length && a.every((size, axis) => sameNum(size, b[axis] as Num));
}

/** A shape for a signature or a message: unknown sizes are -1. */
export function openShape(shape: readonly Num[]): number[] {
  return shape.map((size) => (typeof size === 'number' ? size : -1));
}

/** The shape in trace k. */
export function shapeAt(shape: readonly Num[], k: number): number[] {
  return shape.map((size) => valueAt(size, k));
}
