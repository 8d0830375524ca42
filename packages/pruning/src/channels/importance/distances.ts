import type { Sliced } from './slices.js';

/**
 * For each slice the sum of its Euclidean distances to all others: small where others say nearly the same (He et al.
 * 2019). By |a - b|² = |a|² + |b|² - 2ab.
 */
export function distances({ values, count, blocks, step }: Sliced): Float64Array {
  const rows = Array.from({ length: count }, (_, i) =>
    Float64Array.from(
      { length: blocks * step },
      (_, at) => values[(Math.floor(at / step) * count + i) * step + (at % step)] as number,
    ),
  );
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
    return sum;
  };
  const squares = rows.map((row) => dot(row, row));
  const sums = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const square =
        (squares[i] as number) +
        (squares[j] as number) -
        2 * dot(rows[i] as Float64Array, rows[j] as Float64Array);
      const distance = Math.sqrt(Math.max(square, 0));
      sums[i] = (sums[i] as number) + distance;
      sums[j] = (sums[j] as number) + distance;
    }
  }
  return sums;
}
