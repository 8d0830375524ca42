import type { DType } from '../weights.js';
import type { TensorSpec } from './hollow.js';

/** An input to trace: sizes are numbers, or names of unknown dimensions (equal names, equal sizes). */
export interface InputSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
  /** The sizes of the sample that was given, null where it has none. */
  readonly sample?: readonly (number | null)[];
}

/** How many sizes of each unknown dimension are traced: two to solve for it, one to check. */
export const TRACES = 3;

/** The unknown size that all inputs of a layers model share on their first axis. */
export const SHARED_BATCH = 'batch';

/** Name of the unknown size on an axis of an input. */
export function unknownName(input: number, axis: number): string {
  return `${input}:${axis}`;
}

const PRIMES = [
  5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
] as const;

/** The n-th prime from `first` on; n < 8, and `first` at most 59. */
function prime(first: (typeof PRIMES)[number], n: number): number {
  return PRIMES[PRIMES.indexOf(first) + (n % 8)] as number;
}

/** What sizes are multiples of where odd ones do not work. */
const EVEN = 32;

/**
 * Sizes of the n-th unknown dimension in the three traces: an odd one, a multiple of 16 and one of
 * nine, in an order that no other dimension has. So a size that is divided and rounded down does not pass for one
 * that is rounded up, less one, or divided exactly. Lengths stay below 64 where one is unknown, for
 * code has limits; images are large enough to be halved a few times.
 * Models that halve and double sizes need multiples of a power of two.
 */
const SIZES = {
  batch: () => [5, 8, 9],
  length: (n: number) => [prime(37, n), 16 * (3 + n), 9 * prime(7, n)],
  image: (n: number) => [4 * prime(41, n) - 1, 32 * prime(7, n), 9 * prime(23, n)],
  even: (n: number) => [EVEN * prime(5, n), EVEN * 4 * prime(5, n + 1), EVEN * 9 * prime(5, n + 2)],
} as const;

/** What all sizes of a dimension are multiples of. */
export function planStep(sizes: readonly number[]): number {
  return sizes.every((size) => size % EVEN === 0) ? EVEN : 1;
}

/** One plan: for every unknown dimension its size in each trace. */
export type Plan = ReadonlyMap<string, readonly number[]>;

/** At most that many ways of tying unknown dimensions are tried; a way that fails does so early. */
const MOST_TIES = 64;

/**
 * Plans to try in turn. First all unknown dimensions are independent; a function that throws then may
 * need some of them equal (two sequences that are added), so pairs are tied, then more. If odd sizes
 * do not work, multiples of 32 may.
 */
export function plans(inputs: readonly InputSpec[]): Plan[] {
  const names = unknown(inputs);
  const others = names.filter((name) => name !== SHARED_BATCH);
  const batch = names.length > others.length ? [[SHARED_BATCH, SIZES.batch()] as const] : [];
  if (others.length === 0) return [new Map(batch)];
  const images = unknown(inputs.filter(({ shape }) => shape.length > 3)).filter((name) => axisOf(name) > 0);
  return [false, true].flatMap((even) =>
    groupings(others).map((groups) => {
      const sizes = others.map((name, i) => {
        const kind = even ? 'even' : images.includes(name) ? 'image' : 'length';
        return [name, SIZES[kind](groups[i] as number)] as const;
      });
      return new Map<string, readonly number[]>([...batch, ...sizes]);
    }),
  );
}

/**
 * Ways to divide dimensions into groups of equal size, as a group number for each, those with most
 * groups first. With too many dimensions for all ways, the last tie those on the same axis, and all.
 */
function groupings(names: readonly string[]): number[][] {
  const ways: number[][] = [[]];
  if (names.length > 5) {
    const axes = [...new Set(names.map(axisOf))];
    return [names.map((_, i) => i), names.map((name) => axes.indexOf(axisOf(name))), names.map(() => 0)];
  }
  for (let i = 0; i < names.length; i++) {
    const longer = ways.splice(0).flatMap((way) => {
      const groups = Math.max(-1, ...way) + 1;
      return Array.from({ length: groups + 1 }, (_, group) => [...way, group]);
    });
    ways.push(...longer);
  }
  return ways.sort((a, b) => Math.max(...b) - Math.max(...a)).slice(0, MOST_TIES);
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

/**
 * One more size of every unknown dimension: that of its sample; where no sample tells it, that of a
 * dimension tied to it, else the first of the plan. None where nothing is told.
 */
export function sampleSizes(inputs: readonly InputSpec[], plan: Plan): Plan | undefined {
  const told = new Map<string, number>();
  for (const { shape, sample } of inputs) {
    shape.forEach((name, axis) => {
      const size = sample?.[axis];
      if (typeof name === 'string' && typeof size === 'number') told.set(name, size);
    });
  }
  if (told.size === 0) return undefined;
  const tied = (at: readonly number[]): number | undefined =>
    [...told].find(([name]) => plan.get(name)?.join() === at.join())?.[1];
  return new Map([...plan].map(([name, at]) => [name, [told.get(name) ?? tied(at) ?? (at[0] as number)]]));
}

/** The first sizes of a plan, but one on every first axis and wherever the plan ties a size to those. */
export function singleSizes(plan: Plan): Plan | undefined {
  const isFirst = (name: string): boolean => name === SHARED_BATCH || axisOf(name) === 0;
  const firsts = new Set([...plan].filter(([name]) => isFirst(name)).map(([, at]) => at.join()));
  if (firsts.size === 0) return undefined;
  return new Map([...plan].map(([name, at]) => [name, firsts.has(at.join()) ? [1] : at]));
}

/** An axis of unknown size. */
export interface OpenAxis {
  readonly input: InputSpec;
  readonly axis: number;
}

/** Where dimensions of some names occur. */
export function openAxesOf(inputs: readonly InputSpec[], names: readonly string[]): OpenAxis[] {
  return inputs.flatMap((input) =>
    input.shape.flatMap((size, axis) => (names.includes(String(size)) ? [{ input, axis }] : [])),
  );
}

/**
 * A size beyond those at which code usually changes its ways, a multiple of most small numbers; with
 * the one before it, every way of dividing by those and rounding is told from the others.
 */
const LARGE = 1008;

/** Inputs of large sizes have at most so many elements: code may make constants of their shapes. */
const MOST_ELEMENTS = 2 ** 25;

/** How many elements an unknown size counts for in {@link largeSizes}. */
const OTHER_SIZE = 100;

/** Two large sizes of tied dimensions, smaller where the inputs would be huge. */
export function largeSizes(open: readonly OpenAxis[]): number[] {
  let large = LARGE;
  const isLarge = (input: OpenAxis['input'], axis: number): boolean =>
    open.some((one) => one.input === input && one.axis === axis);
  const elements = ({ input }: OpenAxis): number =>
    input.shape.reduce<number>(
      (all, size, axis) => all * (isLarge(input, axis) ? large : Number(size) || OTHER_SIZE),
      1,
    );
  while (large > 63 && open.some((one) => elements(one) > MOST_ELEMENTS)) large /= 2;
  return [large - 1, large];
}
