import { broadcast } from '../shapes.js';
import { finish, type Ending } from './activations.js';
import { need, zeros, type Reference } from './values.js';

interface MatMulAttrs {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

/** f(A · B + bias) for every pair of matrices of two batches that are stretched to each other's size. */
export const matMul: Reference = (inputs, attrs) => {
  const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
  const { transposeA = false, transposeB = false, ...ending } = attrs as MatMulAttrs;
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB ? bRows : bColumns;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === undefined) throw new Error('matMul: expected batches that fit, got others.');
  const out = zeros([...batch.shape, m, n]);
  for (const [at, [aAt, bAt]] of batch.pairs.entries()) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) {
          const x = a.data[aAt * m * k + (transposeA ? p * m + i : i * k + p)] as number;
          const y = b.data[bAt * k * n + (transposeB ? j * k + p : p * n + j)] as number;
          sum += x * y;
        }
        out.data[(at * m + i) * n + j] = sum;
      }
    }
  }
  finish(out.data, n, endingOf(inputs, ending));
  return out;
};

/** Bias and activation of fused kernels. */
export function endingOf(
  { bias, preluActivationWeights }: Parameters<Reference>[0],
  { activation, leakyreluAlpha }: { readonly activation?: string; readonly leakyreluAlpha?: number },
): Ending {
  return { bias: bias?.data, slopes: preluActivationWeights?.data, activation, leakyreluAlpha };
}
