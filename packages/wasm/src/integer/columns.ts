import { multipliersOf, type Multipliers } from '@tfjs-optimize/runtime/reference';
import type { Memory } from './memory.js';
import type { Weights } from './packing.js';
import type { Ends } from './target.js';

// In the form of `assembly/integer/target.ts`. Offsets are bytes.
const BIAS = 0;
const MULTIPLIER = 32;
const OFFSET = 96;
const BELOW = 160;
const VALUE = 32;
const SHIFT = 64;
const ENDING = 224;
/** Bytes of what is known of eight columns. */
const COLUMNS_BYTES = 232;
export const PANEL = 8;

const RISING = 0;
const SIGNED = 1;
const EXACT = 2;

/** Of a column: what the sum of products begins with, how large all of it may become, and what it is multiplied by. */
export interface Column {
  readonly bias: number;
  readonly largest: number;
  readonly value: number;
  readonly shift: number;
}

/**
 * What is known of the columns of weights.
 * @param bias one number for each column; @param multipliers one for each, or one for all.
 * @param zero the byte that stands for 0 in x.
 */
export function columnsOf(
  { data, start, inner, columns, stride }: Weights,
  bias: Int32Array | undefined,
  { values, shifts }: Multipliers,
  zero: number,
): Column[] {
  const sums = new Float64Array(columns);
  const sizes = new Float64Array(columns);
  for (let k = 0; k < inner; k++) {
    for (let j = 0, at = start + k * stride; j < columns; j++, at++) {
      sums[j] = (sums[j] as number) + (data[at] as number);
      sizes[j] = (sizes[j] as number) + Math.abs(data[at] as number);
    }
  }
  return Array.from(sums, (sum, j) => {
    const one = values.length === 1 ? 0 : j;
    const own = bias?.[j] ?? 0;
    return {
      bias: (own - zero * sum) | 0,
      largest: Math.abs(own) + 255 * (sizes[j] as number),
      value: values[one] as number,
      shift: shifts[one] as number,
    };
  });
}

/** Keeps what is known of columns in memory, as `assembly/integer/target.ts` tells; gives its address. */
export function keepColumns(memory: Memory, columns: readonly Column[], ends: Ends): number {
  const panels = Math.ceil(columns.length / PANEL);
  const address = memory.keep(panels * COLUMNS_BYTES);
  for (let i = 0; i < panels; i++) {
    const view = memory.view(address + i * COLUMNS_BYTES, COLUMNS_BYTES);
    writeColumns(view, columns.slice(i * PANEL, (i + 1) * PANEL), ends);
  }
  return address;
}

/** What is known of columns that are alike, eight of them: to be laid into memory for a call. */
export function alikeColumns(one: Column, ends: Ends): Uint8Array {
  const bytes = new Uint8Array(COLUMNS_BYTES);
  writeColumns(new DataView(bytes.buffer), new Array<Column>(PANEL).fill(one), ends);
  return bytes;
}

/** Lays what is known of alike columns into memory for a call; gives its address. */
export function takeColumns(memory: Memory, alike: Uint8Array, columns: number): number {
  const panels = Math.ceil(columns / PANEL);
  const address = memory.take('columns', panels * COLUMNS_BYTES);
  const bytes = memory.bytes(address, panels * COLUMNS_BYTES);
  for (let i = 0; i < panels; i++) bytes.set(alike, i * COLUMNS_BYTES);
  return address;
}

/**
 * Writes what is known of up to eight columns.
 *
 * A sum x becomes the whole number next to x · value · 2^(shift − 31), rounded twice as TensorFlow Lite does: to whole
 * numbers of 2^shift first, halves up, then halves away from zero. Both roundings together are one, of the real number
 * plus a little: with s = −shift above 0, x ≥ 0 is rounded up where its product is at least k − ½ − 2^(−s−1), and below
 * 0 where it is less than −k + ½ + 2^(−s−1). No product lies between two multiples of 2^(−31−s), so that a quarter of
 * that added keeps sums off the halves, and one addition in double precision rounds exactly.
 *
 * Double precision holds all of that where s ≤ 12 (larger sums than it holds pass every clamp) or sums are below 2^20.
 * The zero point is added in the same step: with s = 0 the result could leave int32 unless sums are below 2^30; other
 * multipliers halve them at least.
 */
function writeColumns(view: DataView, columns: readonly Column[], ends: Ends): void {
  // Where a clamp lets nothing below the zero point pass, rounding of what is below is of no matter.
  let ending = ends.clampMin >= ends.yZeroPoint ? RISING : SIGNED;
  for (let i = 0; i < PANEL; i++) {
    const { bias, largest, value, shift } = columns[i] ?? { bias: 0, largest: 0, value: 0, shift: 0 };
    const below = shift < 0 ? 2 ** (shift - 1) : 0;
    view.setInt32(BIAS + 4 * i, bias, true);
    view.setFloat64(MULTIPLIER + 8 * i, value * 2 ** (shift - 31), true);
    view.setFloat64(OFFSET + 8 * i, below + 2 ** (shift - 33), true);
    view.setFloat64(BELOW + 8 * i, -2 * below, true);
    if (shift > 0 || (shift === 0 && largest >= 2 ** 30)) ending = EXACT;
    if (shift < -12 && largest >= 2 ** 20) ending = EXACT;
  }
  view.setInt32(ENDING, ending, true);
  if (ending !== EXACT) return;
  for (let i = 0; i < PANEL; i++) {
    const { value, shift } = columns[i] ?? { value: 0, shift: 0 };
    view.setInt32(VALUE + 4 * i, value, true);
    view.setInt32(SHIFT + 4 * i, shift, true);
  }
}

/**
 * Multipliers of products of x with weights of given scales: one for each column, or a single one for all where `single`
 * allows, which is then rounded to float32 as TensorFlow Lite does.
 */
export function multipliersFor(
  scales: Float32Array,
  xScale: number,
  yScale: number,
  single: boolean,
): Multipliers {
  const isOne = single && scales.length === 1;
  const reals = Float64Array.from(scales, (scale) => {
    const product = xScale * scale;
    return (isOne ? Math.fround(product) : product) / yScale;
  });
  return multipliersOf(reals);
}
