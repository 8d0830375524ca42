import { geometryOf, multipliersOf, type Params, type Sliding } from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import { alikeColumns, PANEL, takeColumns } from '../columns.js';
import { move, stridesOf } from '../moving.js';
import type { Planner } from '../site.js';
import { takeTarget } from '../target.js';
import { BYTE_OF_ZERO } from '../value.js';
import { betweenOf } from './products.js';

/** Kernels read so far beyond values. */
const MARGIN = 16;

function pool(kernel: 'maxPoolBytes' | 'avgPoolBytes'): Planner {
  return (site, [x]) => {
    if (x?.length !== 4) return undefined;
    const attrs = site.attrs as Sliding & { readonly ksize: readonly [number, number, number, number] };
    const geometry = geometryOf(x, [attrs.ksize[1], attrs.ksize[2]], attrs);
    const { batch, inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth } = geometry;
    // In the order of `assembly/conv/geometry.ts`.
    const numbers = [
      ...[inHeight, inWidth, inChannels, outHeight, outWidth, windowHeight, windowWidth],
      ...[geometry.strideHeight, geometry.strideWidth, 1, 1, geometry.top, geometry.left],
    ];
    const [inBytes, outBytes] = [inHeight * inWidth * inChannels, outHeight * outWidth * inChannels];
    return {
      shape: [batch, outHeight, outWidth, inChannels],
      bind:
        ([from], to) =>
        () => {
          if (outBytes === 0) return;
          const g = site.memory.take('geometry', 4 * numbers.length);
          site.memory.write(g, numbers);
          for (let image = 0; image < batch; image++) {
            const source = (from?.address as number) + image * inBytes;
            site.form.native[kernel](to.address + image * outBytes, source, g);
          }
        },
    };
  };
}

export const maxPool = pool('maxPoolBytes');
export const avgPool = pool('avgPoolBytes');

/** The mean over axes: over rows of what lies behind them, once they lie together. */
export const mean: Planner = (site, [x]) => {
  if (x === undefined) return undefined;
  const attrs = site.attrs as Params & { readonly axes: readonly number[]; readonly keep_dims: boolean };
  const summed = new Set(attrs.axes.map((axis) => (axis < 0 ? axis + x.length : axis)));
  if ([...summed].some((axis) => axis < 0 || axis >= x.length)) return undefined;
  const every = x.map((size, axis) => ({ size, axis }));
  const [first, last] = [Math.min(...summed), Math.max(...summed)];
  const isRun = last - first + 1 === summed.size;
  const count = sizeOf(x.filter((_, axis) => summed.has(axis)));
  if (count === 0) return undefined;
  const between = betweenOf(attrs);
  const zero = attrs.x_zero_point + BYTE_OF_ZERO;
  const { values, shifts } = multipliersOf([attrs.x_scale / attrs.y_scale / count]);
  const [value, shift] = [values[0] as number, shifts[0] as number];
  const alike = alikeColumns({ bias: (-zero * count) | 0, largest: 255 * count, value, shift }, between);
  // Otherwise what is summed is moved before all else.
  const order = [
    ...every.filter(({ axis }) => summed.has(axis)),
    ...every.filter(({ axis }) => !summed.has(axis)),
  ];
  const steps = stridesOf(x);
  const places = stridesOf(order.map(({ size }) => size));
  const turn = move(
    site,
    order.map(({ size, axis }, i) => ({ size, from: steps[axis] as number, to: places[i] as number })),
  );
  const outer = isRun ? sizeOf(x.slice(0, first)) : 1;
  const columns = sizeOf(x) / count / outer;
  return {
    shape: x
      .map((size, axis) => (summed.has(axis) ? 1 : size))
      .filter((_, axis) => attrs.keep_dims || !summed.has(axis)),
    bind:
      ([from], to) =>
      () => {
        const target = takeTarget(site.memory, between, 0);
        const record = takeColumns(site.memory, alike, PANEL);
        let source = from?.address as number;
        if (!isRun) {
          const turned = site.memory.take('turned', sizeOf(x) + MARGIN);
          turn(source, turned);
          source = turned;
        }
        for (let i = 0; i < outer; i++) {
          const part = source + i * count * columns;
          site.form.native.meanOfRows(to.address + i * columns, part, count, columns, record, target);
        }
      },
  };
};
