import type { TensorSpec } from './hollow.js';
import type { DType } from '../weights.js';

/** An input to trace: sizes are numbers, or names of unknown dimensions (equal names, equal sizes). */
export interface InputSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/** How many sizes of each unknown dimension are traced: two to solve for it, one to check. */
export const TRACES = 3;

/**
 * Sizes to try for the n-th unknown dimension. They are odd and co-prime, so that sizes made by
 * rounding up differ from those rounded down, and no two dimensions agree by chance.
 */
const BATCH = [5, 7, 11] as const;
const ODD = [
  [161, 211, 293],
  [173, 227, 311],
  [181, 239, 331],
  [191, 251, 347],
] as const;
const SHORT_ODD = [
  [37, 53, 71],
  [41, 59, 83],
  [43, 61, 89],
  [47, 67, 97],
] as const;
/** For models that halve and double sizes, and so need multiples of a power of two. */
const EVEN = [
  [160, 224, 352],
  [192, 288, 416],
  [256, 320, 544],
  [96, 480, 608],
] as const;

/** One plan: for every unknown dimension its size in each trace. */
export type Plan = ReadonlyMap<string, readonly number[]>;

/**
 * Plans to try in turn: all unknown dimensions independent of each other, then those on the same
 * axis equal, and each with odd sizes first, then with multiples of 32.
 */
export function plans(inputs: readonly InputSpec[]): Plan[] {
  const names = [...new Set(inputs.flatMap(({ shape }) => shape.filter((size) => typeof size === 'string')))];
  if (names.length === 0) return [new Map()];
  const others = names.filter((name) => name !== 'batch');
  const spatial = new Set(
    inputs
      .filter(({ shape }) => shape.length > 3)
      .flatMap(({ shape }) => shape.filter((s) => typeof s === 'string')),
  );
  const plan = (tied: boolean, even: boolean): Plan => {
    const sizes = new Map<string, readonly number[]>([['batch', BATCH]]);
    others.forEach((name, i) => {
      const at = tied ? Number(name.split(':').at(-1)) : i;
      const table = even ? EVEN : spatial.has(name) ? ODD : SHORT_ODD;
      sizes.set(name, table[at % table.length] as readonly number[]);
    });
    return sizes;
  };
  if (others.length === 0) return [plan(false, false)];
  const candidates = [plan(false, false), plan(true, false), plan(false, true), plan(true, true)];
  return others.length === 1 ? [candidates[0] as Plan, candidates[2] as Plan] : candidates;
}

/** Shapes of the inputs in trace k of a plan. */
export function specsOf(inputs: readonly InputSpec[], plan: Plan, k: number): TensorSpec[] {
  return inputs.map(({ shape, dtype }) => ({
    dtype,
    shape: shape.map((size) => (typeof size === 'number' ? size : (plan.get(size)?.[k] as number))),
  }));
}
