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
