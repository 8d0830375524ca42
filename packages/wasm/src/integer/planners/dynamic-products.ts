import { sizeOf } from '../../reference/values.js';
import { constantsOf, dynamicProduct } from '../dynamic/product.js';
import type { DynamicAttrs } from '../dynamic/kinds.js';
import { PARAMS_BYTES, paramsOf } from '../dynamic/rows.js';
import type { Planner } from '../site.js';

export const dynamicMatMul: Planner = (site, [x]) => {
  const [inner, columns] = site.constant('w')?.shape ?? [];
  if (x === undefined || inner === undefined || columns === undefined || x.at(-1) !== inner) return undefined;
  const count = sizeOf(x) / inner;
  if (!(count * columns > 0)) return undefined;
  const product = site.once('product', () => {
    const constants = constantsOf(site, 'w', columns);
    const matrix = constants && { data: constants.data, start: 0, inner, columns, stride: columns };
    return matrix && dynamicProduct(site, matrix, constants);
  });
  if (product === undefined) return undefined;
  const { rows, panels } = product;
  const { clamp_min: low, clamp_max: high } = site.attrs as DynamicAttrs;
  return {
    shape: [...x.slice(0, -1), columns],
    kind: 'float32',
    bind:
      ([from], to) =>
      () => {
        if (from === undefined) return;
        const params = paramsOf(site.memory, rows.kind, from.address, count, inner);
        const target = { address: to.address, step: 4 * columns, low, high };
        rows.run(count, from.address, { params, paramsStep: PARAMS_BYTES }, panels, target);
      },
  };
};
