import type { Params } from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import { ByteProduct } from '../byte-product.js';
import { multipliersFor } from '../columns.js';
import type { Planner, Site } from '../site.js';
import type { Between } from '../target.js';

export function betweenOf(attrs: Params): Between {
  return {
    xZeroPoint: attrs.x_zero_point,
    yZeroPoint: attrs.y_zero_point,
    clampMin: attrs.clamp_min,
    clampMax: attrs.clamp_max,
  };
}

/** Constants of a product with weights, where all are there and fit. */
export function weightsOf(site: Site, name: string, columns: number, single: boolean) {
  const { x_scale, y_scale } = site.attrs as Params;
  const [weights, scales, bias] = [name, 'scales', 'bias'].map((each) => site.constant(each));
  if (!(weights?.data instanceof Int8Array) || !(scales?.data instanceof Float32Array)) return undefined;
  const isOne = single && scales.data.length === 1;
  if (!isOne && scales.data.length !== columns) return undefined;
  if (!scales.data.every((scale) => scale >= 0 && scale < Infinity)) return undefined;
  if (bias !== undefined && !(bias.data instanceof Int32Array && bias.data.length === columns))
    return undefined;
  return {
    data: weights.data,
    bias: bias?.data as Int32Array | undefined,
    multipliers: multipliersFor(scales.data, x_scale, y_scale, single),
  };
}

export const matMul: Planner = (site, [x]) => {
  const [inner, columns] = site.constant('w')?.shape ?? [];
  if (x === undefined || inner === undefined || columns === undefined || x.at(-1) !== inner) return undefined;
  const product = site.once('product', () => {
    const weights = weightsOf(site, 'w', columns, true);
    if (weights === undefined) return undefined;
    const { data, bias, multipliers } = weights;
    const matrix = { data, start: 0, inner, columns, stride: columns };
    return new ByteProduct(site, matrix, bias, multipliers, betweenOf(site.attrs as Params));
  });
  if (product === undefined) return undefined;
  const rows = sizeOf(x.slice(0, -1));
  return {
    shape: [...x.slice(0, -1), columns],
    bind:
      ([from], to) =>
      () => {
        if (rows > 0 && from !== undefined) product.run(rows, from.address, inner, to.address, columns);
      },
  };
};
