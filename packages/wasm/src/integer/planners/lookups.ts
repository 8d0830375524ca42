import { sizeOf } from '../../reference/values.js';
import type { Planned, Planner, Site } from '../site.js';
import { BYTE_OF_ZERO, type Shape } from '../value.js';

/** Keeps a table of 256 int8 values as bytes; gives its address. */
export function keepTable(site: Site, table: Int8Array): number {
  const address = site.memory.keep(table.length);
  site.memory.bytes(address, table.length).set(Uint8Array.from(table, (value) => value + BYTE_OF_ZERO));
  return address;
}

/** What a table at an address tells of each value. */
export function lookUp(site: Site, shape: Shape, table: number): Planned {
  return {
    shape,
    bind:
      ([x], y) =>
      () =>
        site.form.native.lookUpBytes(y.address, x?.address as number, sizeOf(shape), table),
  };
}

export const table: Planner = (site, [x]) => {
  const values = site.constant('table')?.data;
  if (x === undefined || !(values instanceof Int8Array) || values.length !== 256) return undefined;
  return lookUp(
    site,
    x,
    site.once('table', () => keepTable(site, values)),
  );
};

/** Rows of fewer values have sums below 2^52. */
const MOST_COLUMNS = 2 ** 21;

export const softmax: Planner = (site, [x]) => {
  const values = site.constant('table')?.data;
  const columns = x?.at(-1);
  if (x === undefined || columns === undefined || columns >= MOST_COLUMNS) return undefined;
  if (!(values instanceof Int32Array) || values.length !== 256) return undefined;
  if (values[0] === 0 || values.some((value) => value < 0)) return undefined;
  const exponentials = site.once('table', () => {
    const address = site.memory.keep(4 * values.length);
    site.memory.write(address, [...values]);
    return address;
  });
  const rows = sizeOf(x.slice(0, -1));
  return {
    shape: x,
    bind:
      ([from], to) =>
      () => {
        if (rows * columns === 0) return;
        const work = site.memory.take('row', 4 * columns + 16);
        site.form.native.softmaxBytes(
          ...([to.address, from?.address as number, rows, columns, exponentials, work] as const),
        );
      },
  };
};
