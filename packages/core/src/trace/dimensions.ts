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

/** Which unknown dimensions share a size: none, those on the same axis of all inputs, or all. */
const TIES = ['none', 'axis', 'all'] as const;

/**
 * Plans to try in turn: unknown dimensions independent of each other, then tied; with odd sizes
 * first, then with multiples of 32. A plan that a model cannot run (two sequences that are added
 * must be of one length) throws early and costs little.
 */
export function plans(inputs: readonly InputSpec[]): Plan[] {
  const names = unknown(inputs);
  const others = names.filter((name) => name !== SHARED_BATCH);
  if (others.length === 0) return [new Map(names.map((name) => [name, BATCH]))];
  const spatial = unknown(inputs.filter(({ shape }) => shape.length > 3));
  const ties = others.length === 1 ? TIES.slice(0, 1) : TIES;
  return [false, true].flatMap((even) =>
    ties.map((tie) => {
      const sizes = new Map<string, readonly number[]>([[SHARED_BATCH, BATCH]]);
      others.forEach((name, i) => {
        const row = tie === 'none' ? i : tie === 'axis' ? axisOf(name) : 0;
        const table = even ? EVEN : spatial.includes(name) ? ODD : SHORT_ODD;
        sizes.set(name, table[row % table.length] as readonly number[]);
      });
      return sizes;
    }),
  );
}

/** The unknown size that all inputs of a layers model share on their first axis. */
export const SHARED_BATCH = 'batch';

/** Name of the unknown size on an axis of an input. */
export function unknownName(input: number, axis: number): string {
  return `${input}:${axis}`;
}

function axisOf(name: string): number {
  return Number(name.split(':')[1]);
}

function unknown(inputs: readonly InputSpec[]): string[] {
  const names = inputs.flatMap(({ shape }) => shape.filter((size) => typeof size === 'string'));
  return [...new Set(names)];
}

/** Shapes of the inputs in trace k of a plan. */
export function specsOf(inputs: readonly InputSpec[], plan: Plan, k: number): TensorSpec[] {
  return inputs.map(({ shape, dtype }) => ({
    dtype,
    shape: shape.map((size) => (typeof size === 'number' ? size : (plan.get(size)?.[k] as number))),
  }));
}
