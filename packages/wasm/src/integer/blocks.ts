import type { IntegerForm } from './integer-form.js';

/** Rows of the largest tile. */
export const TILE_ROWS = 6;
/** Rows of a block from which on it is worth while to widen a panel of weights for them in plain form. */
export const WIDE_ROWS = 4 * TILE_ROWS;
/** Bytes of rows that wait for a product: half of a second cache. All weights come by once for each block. */
const BLOCK_BYTES = 256 * 1024;

/** Bytes of a row of `inner` numbers as products read it: whole rounds of steps. */
export function readBytes({ width }: IntegerForm, inner: number): number {
  return Math.ceil(inner / 4) * 4 * width;
}

/**
 * Rows of the blocks that `count` rows are multiplied in: whole tiles, as many in each.
 * @param rowBytes of a row as products read it.
 */
export function blockRows(count: number, rowBytes: number): number {
  const most = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes / TILE_ROWS)) * TILE_ROWS;
  const blocks = Math.max(1, Math.ceil(count / most));
  return Math.ceil(count / blocks / TILE_ROWS) * TILE_ROWS;
}
