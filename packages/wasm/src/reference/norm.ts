import { erf } from './unary.js';
import { need, type Reference } from './values.js';

/** (x - mean) · scale / √(variance + ε) + offset; the others are one number for each column, or as many as x has. */
export const batchNorm: Reference = (inputs, attrs) => {
  const { varianceEpsilon } = attrs as { readonly varianceEpsilon: number };
  const { shape, data } = need(inputs, 'x');
  const [mean, variance] = [need(inputs, 'mean').data, need(inputs, 'variance').data];
  const of = (values: Float64Array | undefined, i: number, otherwise: number): number =>
    values === undefined ? otherwise : (values[i % values.length] as number);
  const [scale, offset] = [inputs.scale?.data, inputs.offset?.data];
  return {
    shape,
    data: data.map(
      (x, i) =>
        ((x - of(mean, i, 0)) * of(scale, i, 1)) / Math.sqrt(of(variance, i, 0) + varianceEpsilon) +
        of(offset, i, 0),
    ),
  };
};

/** (x - mean) / √(variance + ε) · gamma + beta over the last axis (Ba, Kiros and Hinton 2016). */
export const layerNorm: Reference = (inputs, attrs) => {
  const { epsilon } = attrs as { readonly epsilon: number };
  const { shape, data } = need(inputs, 'x');
  const [gamma, beta] = [need(inputs, 'gamma').data, need(inputs, 'beta').data];
  const columns = gamma.length;
  const out = new Float64Array(data.length);
  for (let from = 0; from < data.length; from += columns) {
    const row = data.subarray(from, from + columns);
    const mean = row.reduce((sum, x) => sum + x, 0) / columns;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / columns;
    row.forEach((x, i) => {
      const normal = (x - mean) / Math.sqrt(variance + epsilon);
      out[from + i] = normal * (gamma[i] as number) + (beta[i] as number);
    });
  }
  return { shape, data: out };
};

/** x · Φ(x) with the normal distribution Φ, or its approximation by tanh (Hendrycks and Gimpel 2016). */
export const gelu: Reference = (inputs, attrs) => {
  const { approximate } = attrs as { readonly approximate: boolean };
  const { shape, data } = need(inputs, 'x');
  const gate = (x: number): number =>
    approximate ? Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)) : erf(x * Math.SQRT1_2);
  return { shape, data: data.map((x) => 0.5 * x * (1 + gate(x))) };
};
