import type { Memory } from './memory.js';
import { BYTE_OF_ZERO } from './value.js';

/** Bytes of what `assembly/integer/target.ts` keeps in memory. */
const TARGET_BYTES = 96;

/** From what zero point an op takes its input, to what other, and between which ends: all int8. */
export interface Between {
  readonly xZeroPoint: number;
  readonly yZeroPoint: number;
  readonly clampMin: number;
  readonly clampMax: number;
}

/**
 * Writes where sums go and what becomes of them, for one step of a plan.
 * @param cStep bytes from row to row.
 */
export function takeTarget(memory: Memory, between: Between, cStep: number): number {
  const { yZeroPoint, clampMin, clampMax } = between;
  const target = memory.take('target', TARGET_BYTES);
  const view = memory.view(target, TARGET_BYTES);
  view.setInt32(4, cStep, true);
  for (let i = 0; i < 8; i++) view.setInt16(32 + 2 * i, yZeroPoint + BYTE_OF_ZERO, true);
  for (let i = 0; i < 16; i++) {
    view.setUint8(48 + i, clampMin + BYTE_OF_ZERO);
    view.setUint8(64 + i, clampMax + BYTE_OF_ZERO);
  }
  return target;
}
