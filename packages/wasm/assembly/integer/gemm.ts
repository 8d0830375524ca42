import { LANE, PANEL, stepsOf } from './form';
import * as T from './target';
import { rows } from './integer-tiles';
import { rows as wideRows } from './integer-wide-tiles';
import { widen } from './widen';

/**
 * Products of bytes: C = f(A · B + bias). A has m rows as tiles read them (unsigned bytes, or 16 bits each), whose length is
 * a multiple of a lane's numbers (behind the last there may be whatever is there), B is packed, C has unsigned bytes.
 * @param aStep bytes from row to row.
 * @param columns what is known of the columns, panel by panel: see `target.ts`.
 */
export function integerGemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aStep: usize,
  packed: usize,
  columns: usize,
  c: usize,
  target: usize,
): void {
  const steps = stepsOf(k);
  const panelBytes = <usize>(steps * LANE * PANEL);
  const wide = RELAXED ? 0 : load<usize>(target, T.WIDE);
  for (let j = 0; j < n; j += PANEL) {
    store<usize>(target, c + j, T.C);
    store<usize>(target, columns, T.COLUMNS);
    store<usize>(target, load<usize>(target, T.ROW_SUMS), T.ROW_SUM);
    store<i32>(target, min(PANEL, n - j), T.WIDTH);
    if (!RELAXED && wide) {
      widen(wide, packed, panelBytes);
      wideRows(m, steps, a, aStep, wide, target);
    } else rows(m, steps, a, aStep, packed, target);
    packed += panelBytes;
    columns += T.COLUMNS_BYTES;
  }
}
