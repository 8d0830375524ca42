import { broadcast } from '../shapes.js';
import { stretch } from '../stretch.js';
import { activate, type Ending } from './activations.js';
import { need, zeros, type Reference, type Values } from './values.js';

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
  end(out, inputs, ending);
  return out;
};

/** f(sums + bias), in place, for a bias and slopes that stretch to the sums. */
function end({ shape, data }: Values, inputs: Parameters<Reference>[0], attrs: MatMulAttrs): void {
  const { bias, slopes, activation = 'linear', leakyreluAlpha = 0.2 } = endingOf(inputs, attrs);
  const of = (name: string): Int32Array | undefined => {
    const values = inputs[name];
    const places = values === undefined ? undefined : stretch(values.shape, shape);
    if (values !== undefined && places === undefined)
      throw new Error(`matMul: expected a ${name} that stretches.`);
    return places;
  };
  const biasAt = of('bias');
  const slopeAt = activation === 'prelu' ? of('preluActivationWeights') : undefined;
  data.forEach((sum, i) => {
    const biased = biasAt === undefined ? sum : sum + (bias?.[biasAt[i] as number] as number);
    const slope = slopeAt === undefined ? leakyreluAlpha : (slopes?.[slopeAt[i] as number] as number);
    data[i] = activate(activation, biased, slope);
  });
}

/** Bias and activation of fused kernels. */
export function endingOf(
  { bias, preluActivationWeights }: Parameters<Reference>[0],
  { activation, leakyreluAlpha }: { readonly activation?: string; readonly leakyreluAlpha?: number },
): Ending {
  return { bias: bias?.data, slopes: preluActivationWeights?.data, activation, leakyreluAlpha };
}
