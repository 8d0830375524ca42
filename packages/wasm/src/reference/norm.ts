import { broadcast } from '../shapes.js';
import { need, zeros, type Reference, type Values } from './values.js';

/** (x − mean) · scale / √(variance + epsilon) + offset, whatever is smaller than x stretched to its shape. */
export const batchNorm: Reference = (inputs, attrs) => {
  const x = need(inputs, 'x');
  const { varianceEpsilon } = attrs as { readonly varianceEpsilon: number };
  const [mean, variance] = [stretched(need(inputs, 'mean'), x), stretched(need(inputs, 'variance'), x)];
  const scale = inputs['scale'] && stretched(inputs['scale'], x);
  const offset = inputs['offset'] && stretched(inputs['offset'], x);
  const out = zeros(x.shape);
  for (let i = 0; i < out.data.length; i++) {
    const centred = (x.data[i] as number) - (mean[i] as number);
    const factor = (scale?.[i] ?? 1) / Math.sqrt((variance[i] as number) + varianceEpsilon);
    out.data[i] = centred * factor + (offset?.[i] ?? 0);
  }
  return out;
};

/** The number of `values` for each element of `x`. */
function stretched(values: Values, x: Values): Float64Array {
  const found = broadcast(x.shape, values.shape);
  if (found === undefined || found.shape.join() !== x.shape.join())
    throw new Error(
      `shape: expected one that stretches to [${x.shape.join()}], got [${values.shape.join()}].`,
    );
  return Float64Array.from(found.pairs, ([, at]) => values.data[at] as number);
}

/** (x − mean) · scale / √(variance + epsilon) + offset with the mean and variance of each row along the last axis. */
export const layerNorm: Reference = (inputs, attrs) => {
  const [x, scale, offset] = [need(inputs, 'x'), need(inputs, 'scale'), need(inputs, 'offset')];
  const { epsilon } = attrs as { readonly epsilon: number };
  const columns = x.shape.at(-1) ?? 1;
  const out = zeros(x.shape);
  for (let start = 0; start < x.data.length; start += columns) {
    const row = x.data.subarray(start, start + columns);
    const mean = row.reduce((a, b) => a + b, 0) / columns;
    const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / columns;
    row.forEach((each, i) => {
      const normal = (each - mean) / Math.sqrt(variance + epsilon);
      out.data[start + i] = normal * (scale.data[i] as number) + (offset.data[i] as number);
    });
  }
  return out;
};

/** Of each channel, which are last, the sums of dy and of dy · (x − mean). */
export const batchNormSums: Reference = (inputs) => {
  const [dy, x, mean] = [need(inputs, 'dy'), need(inputs, 'x'), need(inputs, 'mean')];
  const [sums, products] = [zeros(mean.shape), zeros(mean.shape)];
  const channels = mean.data.length;
  x.data.forEach((value, i) => {
    const [at, gradient] = [i % channels, dy.data[i] as number];
    sums.data[at] = (sums.data[at] as number) + gradient;
    products.data[at] = (products.data[at] as number) + gradient * (value - (mean.data[at] as number));
  });
  return [sums, products];
};
