import { batchNorm } from '../../src/reference/norm.js';
import type { Values } from '../../src/reference/values.js';
import { EPSILON, type Bound } from './tester.js';

// How far normalizations, their gradients and steps of optimizers may be off.

/**
 * Relative to |(x − mean) · factor|: a rounding of x − mean, of epsilon, of the sum with the variance, of its root (which
 * halves those before it), of the quotient, of the product; relative to the whole, one of the sum.
 */
export const ROUNDINGS = 6;

export const batchNormBound: Bound = (inputs, attrs) => {
  const { x, mean, variance, scale, offset } = inputs;
  const without = { x, mean, variance, scale };
  const product = batchNorm(without, attrs) as Values;
  const shift = offset && (batchNorm({ ...inputs, scale: same(scale, variance, 0) }, attrs) as Values);
  return [
    product.data.map(
      (value, i) =>
        EPSILON * (ROUNDINGS * Math.abs(value) + Math.abs(value) + Math.abs(shift?.data[i] ?? 0)) + 2 ** -149,
    ),
  ];
};

function same(a: Values | undefined, b: Values | undefined, value: number): Values {
  const { shape, data } = (a ?? b) as Values;
  return { shape, data: data.map(() => value) };
}

/** Roundings of a sum of n numbers: in 16 lanes up to 2048 of them, the lanes and what is left, then the blocks. */
function roundings(n: number): number {
  return Math.ceil(Math.min(n, 2048) / 16) + 20 + Math.ceil(n / 2048);
}

/**
 * With T roundings of a sum, the mean is off by δ = T·ε·mean|x|, and the variance by δ² + (T + 3)·ε·(variance + δ²).
 * Half of the latter's part of (variance + epsilon), and three roundings of sum, root and quotient, are what the factor
 * is off by. The rest are one rounding each.
 */
export const layerNormBound: Bound = ({ x, scale, offset }, attrs) => {
  const { epsilon } = attrs as { epsilon: number };
  const { shape, data } = x as Values;
  const n = shape.at(-1) as number;
  const sums = roundings(n);
  const out = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += n) {
    const row = data.subarray(start, start + n);
    const mean = row.reduce((a, b) => a + b, 0) / n;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    const ofMean = ((sums + 1) * EPSILON * row.reduce((a, b) => a + Math.abs(b), 0)) / n;
    const ofVariance = ofMean ** 2 + (sums + 3) * EPSILON * (variance + ofMean ** 2);
    const ofFactor = ofVariance / (variance + epsilon) / 2 + 3 * EPSILON;
    const factor = (1 + ofFactor) / Math.sqrt(variance + epsilon);
    row.forEach((value, i) => {
      const [by, shift] = [scale?.data[i] as number, offset?.data[i] as number];
      const product = Math.abs((value - mean) * factor * by);
      const moved = ofMean * factor * Math.abs(by);
      out[start + i] =
        moved + product * (ofFactor + 3 * EPSILON) + 2 * EPSILON * (product + Math.abs(shift)) + 2 ** -149;
    });
  }
  return [out];
};

/** Each sum of n rows: n roundings and two of its terms, relative to what was added in magnitude. */
export const batchNormSumsBound: Bound = (inputs) => {
  const [dy, x, mean] = [inputs['dy'], inputs['x'], inputs['mean']] as [Values, Values, Values];
  const channels = mean.data.length;
  const rows = x.data.length / channels;
  const sums = [new Float64Array(channels), new Float64Array(channels)] as const;
  dy.data.forEach((value, i) => {
    const at = i % channels;
    const distance = Math.abs((x.data[i] as number) - (mean.data[at] as number));
    sums[0][at] = (sums[0][at] as number) + Math.abs(value);
    sums[1][at] = (sums[1][at] as number) + Math.abs(value) * distance;
  });
  return sums.map((each) => each.map((sum) => (rows + 2) * EPSILON * sum + 2 ** -149));
};

/** Ten roundings, of values up to ten times those given. */
export const stepBound: Bound = (inputs) => {
  const sizes = (inputs.value as Values).data.map(() => 100 * EPSILON);
  return [sizes, sizes, sizes];
};
