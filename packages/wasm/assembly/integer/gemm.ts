import { A_BYTES, LANE, PANEL } from './form';
import * as T from './target';
import { rows } from './integer-tiles';

/**
 * Products of bytes: C = f(A · B + bias). A has m rows as tiles read them (unsigned bytes, or 16 bits each), whose length is
 * a multiple of a lane's numbers, B is packed, C has unsigned bytes.
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
  const steps = (k + LANE - 1) / LANE;
  const panelBytes = <usize>(steps * LANE * PANEL);
  for (let j = 0; j < n; j += PANEL) {
    store<usize>(target, c + j, T.C);
    store<usize>(target, columns, T.COLUMNS);
    store<i32>(target, min(PANEL, n - j), T.WIDTH);
    rows(m, steps, a, aStep, packed, target);
    packed += panelBytes;
    columns += T.COLUMNS_BYTES;
  }
}

/** Unsigned bytes as tiles read them: rows of k numbers, with zeros up to a whole step. Gives nothing to do with relaxed SIMD. */
export function widenRows(to: usize, from: usize, m: i32, k: i32, fromStep: usize): void {
  const toStep = <usize>(((k + LANE - 1) / LANE) * LANE * A_BYTES);
  for (; m > 0; m--) {
    widen(to, from, k);
    from += fromStep;
    to += toStep;
  }
}

/** Writes up to a lane more than asked for. */
export function widen(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) v128.store(to + (i << 1), v128.load_ext<u8>(from + i));
  for (; i < count; i++) store<u16>(to + (i << 1), <u16>load<u8>(from + i));
  if (i & 1) store<u16>(to + (i << 1), 0);
}
