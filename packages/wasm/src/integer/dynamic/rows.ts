import { blockRows, readBytes, TILE_ROWS, WIDE_ROWS } from '../blocks.js';
import { PANEL } from '../columns.js';
import type { Memory } from '../memory.js';
import type { Kind } from './kinds.js';

/** Bytes of the scale and zero point of a row. */
export const PARAMS_BYTES = 8;
/** Where what it is told lies in the memory that `assembly/integer/dynamic/ending.ts` describes, and bytes of all of it. */
const AT = { cStep: 4, rowStep: 20, low: 24, high: 28, wide: 224 };
const TARGET_BYTES = 240;

/** What floats of a row become whole numbers by. */
export interface Rows {
  readonly params: number;
  /** Bytes from row to row: none where all have the same. */
  readonly paramsStep: number;
}

/** The right operand of products, in panels, and what is known of its columns. */
export interface Panels {
  readonly packed: number;
  readonly columns: number;
}

/** Where floats go. */
export interface Target {
  readonly address: number;
  /** Bytes from row to row. */
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** Products of rows of floats, which become whole numbers when they are needed, by what has been packed. */
export class RowProduct {
  /** Bytes of a row as products read it. */
  readonly rowBytes: number;

  constructor(
    private readonly memory: Memory,
    readonly kind: Kind,
    private readonly inner: number,
    private readonly columns: number,
    /** Whether the right operand has 16 bits a number. */
    private readonly isWide = false,
  ) {
    this.rowBytes = readBytes(kind.form, inner);
  }

  /** Products of rows of floats that lie one after the other. */
  run(count: number, x: number, { params, paramsStep }: Rows, panels: Panels, target: Target): void {
    const { inner } = this;
    const blockRows = this.blockRows(count);
    const { form, kind, most } = this.kind;
    const block = this.block(count);
    for (let i = 0; i < count; i += blockRows) {
      const rows = Math.min(blockRows, count - i);
      const own = params + i * paramsStep;
      form.native.dynamicRows(
        ...([block, x + 4 * i * inner, own, paramsStep, rows, inner, TILE_ROWS, 0, kind, most] as const),
      );
      const to = target.address + i * target.step;
      this.multiply(rows, block, { params: own, paramsStep }, panels, { ...target, address: to });
    }
  }

  /** Rows of the blocks of `count` rows: whole tiles, as many in each. */
  blockRows(count: number): number {
    return blockRows(count, this.rowBytes);
  }

  /** Memory for a block of `count` rows. */
  block(count: number): number {
    return this.memory.take('rows', Math.min(this.blockRows(count), count) * this.rowBytes + 16);
  }

  /** Products of a block of rows as tiles read them. */
  multiply(rows: number, block: number, { params, paramsStep }: Rows, panels: Panels, to: Target): void {
    const { memory, columns, inner, isWide } = this;
    // Panels of 16 bits a number, and those of relaxed SIMD, are read as they are.
    const widens = this.kind.form.width === 2 && !isWide && rows >= WIDE_ROWS;
    const wide = widens ? memory.take('panel', PANEL * this.rowBytes) : 0;
    const target = targetOf(memory, to, paramsStep, wide);
    this.kind.form.native.dynamicGemm(
      ...([rows, columns, inner, block, params] as const),
      ...([panels.packed, panels.columns, to.address, target, Number(isWide)] as const),
    );
  }
}

/** Memory that says where floats go. */
export function targetOf(
  memory: Memory,
  { step, low, high }: Omit<Target, 'address'>,
  paramsStep: number,
  wide = 0,
): number {
  const target = memory.take('target', TARGET_BYTES);
  const view = memory.view(target, TARGET_BYTES);
  view.setInt32(AT.cStep, step, true);
  view.setInt32(AT.rowStep, paramsStep, true);
  view.setInt32(AT.wide, wide, true);
  view.setFloat32(AT.low, low, true);
  view.setFloat32(AT.high, high, true);
  return target;
}

/** Finds what rows of floats that lie one after the other become whole numbers by. @returns the address. */
export function paramsOf(
  memory: Memory,
  kind: Kind,
  x: number,
  rows: number,
  size: number,
  slot = 'params',
): number {
  const params = memory.take(slot, rows * PARAMS_BYTES);
  kind.form.native.dynamicParams(params, x, rows, size, kind.kind, kind.most, Number(kind.isWhole));
  return params;
}
