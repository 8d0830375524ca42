/*
 * The same arithmetic written down once more, as its definitions say and without any trick: whole numbers of any size,
 * every sum over all indexes.
 */

const big = BigInt;

/** SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT. */
export function exactMultiply(x: number, value: number, shift: number): number {
  const limit = 2n ** 31n;
  let wide = big(x) * 2n ** big(Math.max(shift, 0));
  wide = wide < -limit ? -limit : wide >= limit ? limit - 1n : wide;
  return exactShift(Number(exactHigh(wide, big(value))), Math.max(-shift, 0));
}

export function exactHigh(a: bigint, b: bigint): bigint {
  const product = a * b;
  const nudge = product >= 0n ? 2n ** 30n : 1n - 2n ** 30n;
  // Division of whole numbers cuts off towards zero, as in C.
  return (product + nudge) / 2n ** 31n;
}

export function exactShift(x: number, by: number): number {
  if (by === 0) return x;
  const half = 2n ** big(by - 1);
  const size = (big(Math.abs(x)) + half) / 2n ** big(by);
  return x < 0 ? -Number(size) : Number(size);
}

/** The mantissa of 31 bits and the exponent of a real number, found by search. */
export function exactMultiplier(real: number): { value: number; shift: number } {
  if (real === 0) return { value: 0, shift: 0 };
  let [mantissa, shift] = [real, 0];
  while (mantissa >= 1) [mantissa, shift] = [mantissa / 2, shift + 1];
  while (mantissa < 0.5) [mantissa, shift] = [mantissa * 2, shift - 1];
  let value = Math.round(mantissa * 2 ** 31);
  if (value === 2 ** 31) [value, shift] = [2 ** 30, shift + 1];
  return shift < -31 ? { value: 0, shift: 0 } : { value, shift };
}

/** clamp(sum · real + zero point). */
export function exactEnd(sum: number, real: number, zeroPoint: number, min = -128, max = 127): number {
  const { value, shift } = exactMultiplier(real);
  return Math.min(Math.max(exactMultiply(sum, value, shift) + zeroPoint, min), max);
}

/** A tensor of whole or other numbers that is read by indexes. */
export interface Grid {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The element at some indexes; undefined outside. */
export function at({ shape, data }: Grid, ...index: readonly number[]): number | undefined {
  if (index.some((i, axis) => i < 0 || i >= (shape[axis] as number))) return undefined;
  return data[index.reduce((flat, i, axis) => flat * (shape[axis] as number) + i, 0)];
}

/** A grid filled by a function of the indexes. */
export function fill(shape: readonly number[], of: (...index: number[]) => number): Grid {
  const data = Array.from({ length: sizeOf(shape) }, (_, flat) => {
    const index: number[] = [];
    let rest = flat;
    for (const size of [...shape].reverse()) {
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    return of(...index);
  });
  return { shape, data };
}

/** The element of a grid that is broadcast to indexes of a larger shape. */
export function spread(grid: Grid, index: readonly number[]): number {
  const own = index
    .slice(index.length - grid.shape.length)
    .map((i, axis) => (grid.shape[axis] === 1 ? 0 : i));
  return at(grid, ...own) as number;
}
