import { geometryOf, type Geometry, type Sliding } from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import { TILE_ROWS } from '../blocks.js';
import type { DynamicAttrs } from '../dynamic/kinds.js';
import { constantsOf, dynamicProduct, type DynamicProduct } from '../dynamic/product.js';
import { PARAMS_BYTES, paramsOf } from '../dynamic/rows.js';
import type { Planned, Planner, Site } from '../site.js';
import { geometryNumbers, isPointwise, type Group } from './convolution.js';

export const dynamicConv2D: Planner = (site, [x]) => {
  const filter = site.constant('filter')?.shape;
  if (x?.length !== 4 || filter?.length !== 4) return undefined;
  const [height, width, inputs, all] = filter as [number, number, number, number];
  const geometry = geometryOf(x, [height, width], site.attrs as Sliding);
  const count = geometry.inChannels / inputs;
  const outputs = all / count;
  const isEmpty = sizeOf(x) * sizeOf(filter) * geometry.outHeight * geometry.outWidth === 0;
  if (isEmpty || !Number.isInteger(count) || !Number.isInteger(outputs)) return undefined;
  const group = { count, inputs, outputs };
  const products = site.once('products', () => productsOf(site, group, height * width * inputs));
  return products && planned(site, geometry, group, products);
};

/** A product for each group. */
function productsOf(site: Site, { count, outputs }: Group, inner: number): DynamicProduct[] | undefined {
  const all = count * outputs;
  const constants = constantsOf(site, 'filter', all);
  if (constants === undefined) return undefined;
  const { data, scales, bias } = constants;
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i * outputs, (i + 1) * outputs];
    const own = {
      scales: scales.length === 1 ? scales : scales.subarray(start, end),
      bias: bias?.subarray(start, end),
    };
    return dynamicProduct(site, { data, start, inner, columns: outputs, stride: all }, own);
  });
}

/** Products of each image, by parameters of its own. */
function planned(site: Site, geometry: Geometry, group: Group, products: readonly DynamicProduct[]): Planned {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const outputs = group.count * group.outputs;
  const size = inHeight * inWidth * inChannels;
  const pixels = outHeight * outWidth;
  const { clamp_min: low, clamp_max: high } = site.attrs as DynamicAttrs;
  const { kind } = (products[0] as DynamicProduct).rows;
  const one =
    isPointwise(geometry) && group.count === 1
      ? pointwise(pixels, products[0] as DynamicProduct)
      : windows(site, geometry, group, products);
  return {
    shape: [batch, outHeight, outWidth, outputs],
    kind: 'float32',
    bind:
      ([x], y) =>
      () => {
        const from = x?.address as number;
        const params = paramsOf(site.memory, kind, from, batch, size);
        for (let image = 0; image < batch; image++) {
          const to = y.address + 4 * image * pixels * outputs;
          one(from + 4 * image * size, params + image * PARAMS_BYTES, to, { step: 4 * outputs, low, high });
        }
      },
  };
}

/** The convolution of one image of floats. */
type Convolve = (
  x: number,
  params: number,
  y: number,
  ends: { readonly step: number; readonly low: number; readonly high: number },
) => void;

/** The pixels are the rows of the product as they lie. */
function pointwise(pixels: number, { rows, panels }: DynamicProduct): Convolve {
  return (x, params, y, ends) =>
    rows.run(pixels, x, { params, paramsStep: 0 }, panels, { ...ends, address: y });
}

/** The image becomes whole numbers once; what filters see of it are rows of them. */
function windows(
  site: Site,
  geometry: Geometry,
  group: Group,
  products: readonly DynamicProduct[],
): Convolve {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { memory } = site;
  const { form, kind, most } = (products[0] as DynamicProduct).rows.kind;
  const { native, width } = form;
  const numbers = geometryNumbers(geometry, group, 0, width);
  const size = inHeight * inWidth * inChannels;
  const inner = windowHeight * windowWidth * group.inputs;
  const pixels = outHeight * outWidth;
  return (x, params, y, ends) => {
    const image = memory.take('image', size * width + 16);
    native.dynamicRows(...([image, x, params, 0, 1, size, 1, 0, kind, most] as const));
    const sizes = memory.take('geometry', 4 * numbers.length);
    memory.write(sizes, numbers);
    for (const [i, { rows, panels }] of products.entries()) {
      const line = memory.take('line', rows.rowBytes + 16);
      const block = rows.block(pixels);
      const from = image + i * group.inputs * width;
      const blockRows = rows.blockRows(pixels);
      for (let first = 0; first < pixels; first += blockRows) {
        const count = Math.min(blockRows, pixels - first);
        native.dynamicPatches(
          ...([block, from, sizes, params, first, count, inner, TILE_ROWS, line] as const),
        );
        const to = { ...ends, address: y + 4 * i * group.outputs + first * ends.step };
        rows.multiply(count, block, { params, paramsStep: 0 }, panels, to);
      }
    }
  };
}
