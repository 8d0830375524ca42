/** How far two lists of numbers are apart. */
export interface Comparison {
  /** Largest |a − b|; infinite where only one of them is NaN. */
  readonly maxDifference: number;
  /** Mean of |a − b|. */
  readonly meanDifference: number;
  /** Σab / √(Σa² Σb²); 1 for equal lists, also where both are zero. */
  readonly cosine: number;
  /** Largest |a|, which says what a difference means. */
  readonly magnitude: number;
  /** Where the largest difference is; -1 for empty lists. */
  readonly worst: number;
}

/**
 * Compares two lists of equal length. Equal values, infinities and NaN at the same place differ by 0;
 * a NaN on one side only is an infinite difference.
 */
export function compareValues(a: ArrayLike<number>, b: ArrayLike<number>): Comparison {
  let max = 0;
  let worst = -1;
  let sum = 0;
  let dot = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    const difference = distance(x, y);
    if (difference > max || worst < 0) {
      max = difference;
      worst = i;
    }
    sum += difference;
    dot += x * y;
    squaresOfA += x * x;
    squaresOfB += y * y;
    if (Math.abs(x) > magnitude) magnitude = Math.abs(x);
  }
  return {
    maxDifference: max,
    meanDifference: a.length === 0 ? 0 : sum / a.length,
    cosine: max === 0 ? 1 : cosineOf(dot, squaresOfA, squaresOfB),
    magnitude,
    worst,
  };
}

function distance(x: number, y: number): number {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  const difference = Math.abs(x - y);
  return Number.isNaN(difference) ? Infinity : difference;
}

/** Two roots instead of the root of a product, which could overflow; rounding may pass 1. */
function cosineOf(dot: number, squaresOfA: number, squaresOfB: number): number {
  if (squaresOfA === 0 || squaresOfB === 0) return 0;
  return Math.max(-1, Math.min(1, dot / (Math.sqrt(squaresOfA) * Math.sqrt(squaresOfB))));
}
