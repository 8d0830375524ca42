import { broadcastIndexes, broadcastShape, type DynamicOptions } from '@tfjs-optimize/runtime/reference';
import { sizeOf } from '../../reference/values.js';
import { PANEL } from '../columns.js';
import { columnsBytes } from '../dynamic/columns.js';
import { kindOf } from '../dynamic/kinds.js';
import { PARAMS_BYTES, paramsOf, RowProduct } from '../dynamic/rows.js';
import type { Planner, Site } from '../site.js';
import type { Shape } from '../value.js';

interface Attrs extends DynamicOptions {
  readonly adj_x: boolean;
  readonly adj_y: boolean;
}

/** Products of two activations: what is summed over lies together in rows of both. */
export const dynamicBatchMatMul: Planner = (site, [first, second]) => {
  if (first === undefined || second === undefined) return undefined;
  if (Math.min(first.length, second.length) < 2 || sizeOf(first) * sizeOf(second) === 0) return undefined;
  const attrs = site.attrs as Attrs;
  const [a, b] = [matricesOf(first, attrs.adj_x), matricesOf(second, !attrs.adj_y)];
  const batch = broadcastShape(a.batch, b.batch);
  if (batch === undefined || a.inner !== b.inner) return undefined;
  const [left, right] = [broadcastIndexes(a.batch, batch), broadcastIndexes(b.batch, batch)];
  const { memory } = site;
  const { inner, rows: m } = a;
  const n = b.rows;
  const all = kindOf(site.form, attrs, inner, true);
  const { form, kind, most } = all;
  const product = new RowProduct(memory, all, inner, n, true);
  const ends = { step: 4 * n, low: -Infinity, high: Infinity };
  return {
    shape: [...batch, m, n],
    kind: 'float32',
    bind:
      ([x, y], to) =>
      () => {
        const from = rowsOf(site, a, x?.address as number, 'left');
        const by = rowsOf(site, b, y?.address as number, 'right');
        const [lefts, rights] = [sizeOf(a.batch) * m, sizeOf(b.batch) * n];
        const params = paramsOf(memory, all, from, lefts, inner);
        const ofColumns = paramsOf(memory, all, by, rights, inner, 'params of columns');
        const packed = memory.take('panels', Math.ceil(n / PANEL) * product.rowBytes * PANEL);
        const columns = memory.take('columns', columnsBytes(n));
        let held = -1;
        for (let i = 0; i < left.length; i++) {
          const [own, other] = [left[i] as number, right[i] as number];
          if (other !== held) {
            const first = ofColumns + other * n * PARAMS_BYTES;
            form.native.dynamicRows(
              ...([packed, by + 4 * other * n * inner, first, PARAMS_BYTES, n, inner] as const),
              ...([PANEL, 1, kind, most] as const),
            );
            form.native.dynamicColumns(columns, first, n);
            held = other;
          }
          const rows = { params: params + own * m * PARAMS_BYTES, paramsStep: PARAMS_BYTES };
          const target = { ...ends, address: to.address + 4 * i * m * n };
          product.run(m, from + 4 * own * m * inner, rows, { packed, columns }, target);
        }
      },
  };
};

/** Matrices whose rows are what is summed over. */
interface Matrices {
  readonly batch: Shape;
  readonly rows: number;
  readonly inner: number;
  readonly isTransposed: boolean;
}

function matricesOf(shape: Shape, isTransposed: boolean): Matrices {
  const [rows, inner] = shape.slice(-2) as [number, number];
  const batch = shape.slice(0, -2);
  return isTransposed
    ? { batch, rows: inner, inner: rows, isTransposed }
    : { batch, rows, inner, isTransposed };
}

/** Matrices as rows: those that are not turned over in the backend's memory, the others in memory of a slot. */
function rowsOf(site: Site, { batch, rows, inner, isTransposed }: Matrices, x: number, slot: string): number {
  if (!isTransposed) return x;
  const size = rows * inner;
  const count = sizeOf(batch);
  const turned = site.memory.take(slot, 4 * count * size);
  for (let i = 0; i < count; i++) {
    site.form.native.transpose(turned + 4 * i * size, x + 4 * i * size, inner, rows, rows);
  }
  return turned;
}
