import { geometryOf, type Geometry, type Params, type Sliding } from '@tfjs-optimize/runtime/reference';
import { blockRows, readBytes } from '../blocks.js';
import { ByteProduct } from '../byte-product.js';
import type { Planned, Planner, Site } from '../site.js';
import { BYTE_OF_ZERO, type Shape } from '../value.js';
import { betweenOf, weightsOf } from './products.js';

type Attrs = Params & Sliding;

/** Channels of one group of a convolution. */
export interface Group {
  readonly count: number;
  readonly inputs: number;
  readonly outputs: number;
}

export const conv2d: Planner = (site, [x]) => {
  const filter = site.constant('filter')?.shape;
  if (x?.length !== 4 || filter?.length !== 4) return undefined;
  const attrs = site.attrs as Attrs;
  const [height, width, inputs, outputs] = filter as [number, number, number, number];
  const geometry = geometryOf(x, [height, width], attrs);
  const count = geometry.inChannels / inputs;
  if (!Number.isInteger(count) || outputs % count !== 0) return undefined;
  const group = { count, inputs, outputs: outputs / count };
  const products = site.once('products', () => productsOf(site, group, height * width * inputs));
  return products && planned(site, geometry, group, products);
};

/** A product for each group. */
function productsOf(site: Site, { count, outputs }: Group, inner: number): ByteProduct[] | undefined {
  const all = count * outputs;
  const weights = weightsOf(site, 'filter', all, false);
  if (weights === undefined) return undefined;
  const { data, bias, multipliers } = weights;
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i * outputs, (i + 1) * outputs];
    const own = {
      values: multipliers.values.subarray(start, end),
      shifts: multipliers.shifts.subarray(start, end),
    };
    const matrix = { data, start, inner, columns: outputs, stride: all };
    return new ByteProduct(site, matrix, bias?.subarray(start, end), own, betweenOf(site.attrs as Params));
  });
}

function planned(site: Site, geometry: Geometry, group: Group, products: readonly ByteProduct[]): Planned {
  const { batch, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const outputs = group.count * group.outputs;
  const shape: Shape = [batch, outHeight, outWidth, outputs];
  const pixels = outHeight * outWidth;
  if (isPointwise(geometry) && group.count === 1) {
    const [product] = products as [ByteProduct];
    return {
      shape,
      bind:
        ([x], y) =>
        () =>
          product.run(batch * pixels, x?.address as number, inChannels, y.address, outputs),
    };
  }
  const { native } = site.form;
  const zero = (site.attrs as Params).x_zero_point + BYTE_OF_ZERO;
  const numbers = geometryNumbers(geometry, group, zero, 1);
  const inner = geometry.windowHeight * geometry.windowWidth * group.inputs;
  // Relaxed products read whole steps.
  const rowBytes = Math.ceil(inner / 4) * 4;
  const blocks = blockRows(pixels, readBytes(site.form, inner));
  return {
    shape,
    bind:
      ([x], y) =>
      () => {
        const sizes = site.memory.take('geometry', 4 * numbers.length);
        site.memory.write(sizes, numbers);
        const patches = site.memory.take('patches', Math.min(blocks, pixels) * rowBytes + 16);
        for (const [i, product] of products.entries()) {
          for (let image = 0; image < batch; image++) {
            const from = (x?.address as number) + image * inHeight * inWidth * inChannels + i * group.inputs;
            const to = y.address + image * pixels * outputs + i * group.outputs;
            for (let first = 0; first < pixels; first += blocks) {
              const count = Math.min(blocks, pixels - first);
              native.integerPatches(patches, from, sizes, first, count, rowBytes);
              product.run(count, patches, rowBytes, to + first * outputs, outputs);
            }
          }
        }
      },
  };
}

/** Whether the rows of the product are the pixels as they lie. */
export function isPointwise(geometry: Geometry): boolean {
  const { windowHeight, windowWidth, strideHeight, strideWidth, inHeight, inWidth } = geometry;
  const isWhole = geometry.outHeight === inHeight && geometry.outWidth === inWidth;
  return windowHeight * windowWidth * strideHeight * strideWidth === 1 && isWhole;
}

/**
 * In the order of `assembly/conv/geometry.ts` and `assembly/integer/patches.ts`.
 * @param zero what padding counts as; @param bytes of a number of the image.
 */
export function geometryNumbers(geometry: Geometry, group: Group, zero: number, bytes: number): number[] {
  const { inHeight, inWidth, outHeight, outWidth, windowHeight, windowWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, top, left } = geometry;
  return [
    ...[inHeight, inWidth, group.inputs, outHeight, outWidth, windowHeight, windowWidth],
    ...[strideHeight, strideWidth, dilationHeight, dilationWidth, top, left],
    ...[group.count * group.inputs, zero, bytes],
  ];
}
