import { LANE, PANEL, stepsOf } from '../form';
import { rows } from './dynamic-tiles';
import * as T from './ending';
import { rows as wideRows } from './wide-tiles';
import { widen } from '../widen';

/**
 * Products of rows in whole numbers: C = clamp(A · B · row's scale · column's scale + bias), of floats.
 * @param a see `rows.ts`.
 * @param packed B in panels; with `isWide` of 16 bits a number, which the build with relaxed SIMD has not.
 * @param columns see `ending.ts`, panel by panel.
 * @param target memory of its own, in which `ROW_STEP`, `C_STEP`, `LOW` and `HIGH` are set.
 */
export function dynamicGemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  params: usize,
  packed: usize,
  columns: usize,
  c: usize,
  target: usize,
  isWide: bool,
): void {
  const steps = stepsOf(k);
  const aStep = (<usize>steps) << 2;
  const panelBytes = (<usize>(steps * LANE * PANEL)) << (<usize>isWide);
  const room: usize = RELAXED || isWide ? 0 : load<usize>(target, T.WIDE);
  for (let j = 0; j < n; j += PANEL) {
    store<usize>(target, c + ((<usize>j) << 2), T.C);
    store<usize>(target, params, T.ROW);
    store<usize>(target, columns, T.COLUMNS);
    store<i32>(target, min(PANEL, n - j), T.WIDTH);
    if (!RELAXED && isWide) wideRows(m, steps, a, aStep, packed, target);
    else if (!RELAXED && room) {
      widen(room, packed, panelBytes);
      wideRows(m, steps, a, aStep, room, target);
    } else rows(m, steps, a, aStep, packed, target);
    packed += panelBytes;
    columns += T.COLUMNS_BYTES;
  }
}
