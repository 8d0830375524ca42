import { PANEL } from '../columns.js';
import type { Memory } from '../memory.js';
import type { Weights } from '../packing.js';

/** Bytes of what `assembly/integer/dynamic/ending.ts` knows of eight columns: scales, biases, sums of weights. */
export const COLUMNS_BYTES = 96;
const BIAS = 32;
const SUMS = 64;

/** Bytes of what is known of columns. */
export function columnsBytes(columns: number): number {
  return Math.ceil(columns / PANEL) * COLUMNS_BYTES;
}

/**
 * Keeps what is known of the columns of weights.
 * @param scales one for each column, or one for all; @param bias one for each.
 * @returns its address.
 */
export function keepColumns(
  memory: Memory,
  weights: Weights,
  scales: Float32Array,
  bias: Float32Array | undefined,
): number {
  const { columns } = weights;
  const bytes = columnsBytes(columns);
  const address = memory.keep(bytes);
  const view = memory.view(address, bytes);
  const sums = sumsOf(weights);
  for (let j = 0; j < (bytes / COLUMNS_BYTES) * PANEL; j++) {
    const at = Math.floor(j / PANEL) * COLUMNS_BYTES + (j % PANEL) * 4;
    view.setFloat32(at, scales[scales.length === 1 ? 0 : j] ?? 0, true);
    // Adding -0 leaves every number as it is, -0 too.
    view.setFloat32(at + BIAS, bias?.[j] ?? -0, true);
    view.setInt32(at + SUMS, sums[j] ?? 0, true);
  }
  return address;
}

function sumsOf({ data, start, inner, columns, stride }: Weights): Int32Array {
  const sums = new Int32Array(columns);
  for (let k = 0; k < inner; k++) {
    for (let j = 0, at = start + k * stride; j < columns; j++, at++) {
      sums[j] = (sums[j] as number) + (data[at] as number);
    }
  }
  return sums;
}
