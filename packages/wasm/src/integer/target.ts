import type { Memory } from './memory.js';
import { BYTE_OF_ZERO } from './value.js';

/** Where what it is told lies in the memory that `assembly/integer/target.ts` describes, and bytes of all of it. */
const AT = { cStep: 4, wide: 16, rowSum: 24, rowSums: 28, zero: 32, low: 48, high: 64 };
const TARGET_BYTES = 288;

/** The zero point of a result, and between which ends it is: all int8. */
export interface Ends {
  readonly yZeroPoint: number;
  readonly clampMin: number;
  readonly clampMax: number;
}

/** The same with the zero point of the input. */
export interface Between extends Ends {
  readonly xZeroPoint: number;
}

/**
 * Writes where sums go and what becomes of them, for one step of a plan.
 * @param cStep bytes from row to row; @param rowSums address of what is added to the sums of each row, if anything is.
 */
export function takeTarget(
  memory: Memory,
  ends: Ends,
  cStep: number,
  { rowSums = 0, wide = 0 } = {},
): number {
  const { yZeroPoint, clampMin, clampMax } = ends;
  const target = memory.take('target', TARGET_BYTES);
  const view = memory.view(target, TARGET_BYTES);
  view.setInt32(AT.cStep, cStep, true);
  view.setInt32(AT.wide, wide, true);
  view.setInt32(AT.rowSum, rowSums, true);
  view.setInt32(AT.rowSums, rowSums, true);
  view.setInt32(AT.zero, yZeroPoint + BYTE_OF_ZERO, true);
  for (let i = 0; i < 16; i++) {
    view.setUint8(AT.low + i, clampMin + BYTE_OF_ZERO);
    view.setUint8(AT.high + i, clampMax + BYTE_OF_ZERO);
  }
  return target;
}
