/** A product of matrices with what is done to its sums. */
export interface MatMulCase {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** One number for each column. */
  readonly bias?: ArrayLike<number>;
  readonly activation?: (x: number, column: number) => number;
}

/** What a product should be, in double precision, and the sum of the magnitudes of its terms. */
export interface ReferenceSums {
  readonly values: Float64Array;
  readonly magnitudes: Float64Array;
}

/** C = f(A · B + bias) of one pair of matrices, as the definition says. */
export function matMulReference(a: ArrayLike<number>, b: ArrayLike<number>, options: MatMulCase): ReferenceSums {
  const { m, k, n, transposeA = false, transposeB = false, bias, activation = (x: number) => x } = options;
  const values = new Float64Array(m * n);
  const magnitudes = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias?.[j] ?? 0;
      let magnitude = Math.abs(sum);
      for (let p = 0; p < k; p++) {
        const term =
          (a[transposeA ? p * m + i : i * k + p] as number) * (b[transposeB ? j * k + p : p * n + j] as number);
        sum += term;
        magnitude += Math.abs(term);
      }
      values[i * n + j] = activation(sum, j);
      magnitudes[i * n + j] = magnitude;
    }
  }
  return { values, magnitudes };
}
