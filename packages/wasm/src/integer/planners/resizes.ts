import { bilinearPlaces, nearestPlaces, type Resizing } from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import type { Planner, Site } from '../site.js';
import type { Shape } from '../value.js';

type Attrs = Resizing & { readonly size: readonly number[] };

/** Height and width of the result. */
function sizeOfResult(site: Site, x: Shape | undefined): [height: number, width: number] | undefined {
  const [height, width] = (site.attrs as Attrs).size;
  if (x?.length !== 4 || height === undefined || width === undefined) return undefined;
  return (x[1] as number) < 1 || (x[2] as number) < 1 ? undefined : [height, width];
}

export const resizeBilinear: Planner = (site, [x, given]) => {
  const size = sizeOfResult(site, x);
  // A size that comes with an input is not known before.
  if (x === undefined || size === undefined || given !== undefined) return undefined;
  const [batch, height, width, channels] = x as readonly [number, number, number, number];
  const rows = bilinearPlaces(height, size[0], site.attrs as Attrs);
  const columns = bilinearPlaces(width, size[1], site.attrs as Attrs).flatMap(({ low, high, weight }) => [
    low,
    high,
    weight,
  ]);
  return {
    shape: [batch, ...size, channels],
    bind:
      ([from], to) =>
      () => {
        const places = site.memory.take('places', 4 * columns.length);
        site.memory.write(places, columns);
        const line = width * channels;
        for (let image = 0; image < batch; image++) {
          const source = (from?.address as number) + image * height * line;
          for (const [i, { low, high, weight }] of rows.entries()) {
            site.form.native.resizeRow(
              ...([to.address + (image * size[0] + i) * size[1] * channels] as const),
              ...([source + low * line, source + high * line, weight, places, size[1], channels] as const),
            );
          }
        }
      },
  };
};

export const resizeNearestNeighbor: Planner = (site, [x, given]) => {
  const size = sizeOfResult(site, x);
  // A size that comes with an input is not known before.
  if (x === undefined || size === undefined || given !== undefined) return undefined;
  const [batch, height, width, channels] = x as readonly [number, number, number, number];
  const rows = nearestPlaces(height, size[0], site.attrs as Attrs);
  const columns = nearestPlaces(width, size[1], site.attrs as Attrs);
  return {
    shape: [batch, ...size, channels],
    bind:
      ([from], to) =>
      () => {
        if (sizeOf(x) === 0) return;
        const places = site.memory.take('places', 4 * columns.length);
        site.memory.write(places, columns);
        const line = width * channels;
        for (let image = 0; image < batch; image++) {
          for (const [i, row] of rows.entries()) {
            const target = to.address + (image * size[0] + i) * size[1] * channels;
            const source = (from?.address as number) + (image * height + row) * line;
            site.form.native.pickPixels(target, source, places, size[1], channels);
          }
        }
      },
  };
};
