import { outputDifference } from '@tfjs-optimize/core';

/** How many values of each side are of a kind. */
export interface Sides {
  readonly a: number;
  readonly b: number;
}

/** How far two lists of numbers are apart. */
export interface Comparison {
  readonly size: number;
  /** Largest and mean |a − b| over the values that can be compared; 0 where there are none. */
  readonly maxDifference: number;
  readonly meanDifference: number;
  /** Σab / √(Σa² Σb²) over finite values; 1 where no difference is left, also where both are zero. */
  readonly cosine: number;
  /** Largest finite |a|, which says what a difference means. */
  readonly magnitude: number;
  /** Values that cannot be compared: NaN on either side, or infinite and not the same infinity. */
  readonly incomparable: number;
  /** Those of them that are NaN on both sides. */
  readonly nanInBoth: number;
  /** NaN and infinite values of each side. */
  readonly nan: Sides;
  readonly infinite: Sides;
}

/**
 * Compares two lists of equal length. NaN equals nothing, not even NaN, as in core's `compareOutputs`;
 * the same infinity on both sides is no difference.
 */
export function compareValues(a: ArrayLike<number>, b: ArrayLike<number>): Comparison {
  const { max, mean, incomparable } = outputDifference(listOf(a), listOf(b));
  return {
    size: a.length,
    maxDifference: max,
    meanDifference: mean,
    incomparable,
    nanInBoth: count(a, (x, i) => Number.isNaN(x) && Number.isNaN(b[i])),
    nan: { a: count(a, Number.isNaN), b: count(b, Number.isNaN) },
    infinite: { a: count(a, isInfinite), b: count(b, isInfinite) },
    ...finiteFigures(a, b, max),
  };
}

function listOf(values: ArrayLike<number>): Parameters<typeof outputDifference>[0] {
  return { key: '', shape: [values.length], values };
}

function count(values: ArrayLike<number>, test: (value: number, index: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) if (test(values[i] as number, i)) found++;
  return found;
}

function isInfinite(value: number): boolean {
  return Math.abs(value) === Infinity;
}

function finiteFigures(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  max: number,
): Pick<Comparison, 'cosine' | 'magnitude'> {
  let dot = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (Number.isFinite(x)) magnitude = Math.max(magnitude, Math.abs(x));
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    dot += x * y;
    squaresOfA += x * x;
    squaresOfB += y * y;
  }
  return { magnitude, cosine: max === 0 ? 1 : cosineOf(dot, squaresOfA, squaresOfB) };
}

/** Two roots instead of the root of a product, which could overflow; rounding may pass 1. */
function cosineOf(dot: number, squaresOfA: number, squaresOfB: number): number {
  if (squaresOfA === 0 || squaresOfB === 0) return 0;
  return Math.max(-1, Math.min(1, dot / (Math.sqrt(squaresOfA) * Math.sqrt(squaresOfB))));
}
