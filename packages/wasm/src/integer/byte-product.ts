import type { Multipliers } from '@tfjs-optimize/runtime/reference';
import { COLUMNS_BYTES, PANEL, writeColumns, type Column } from './columns.js';
import { packWeights, type Weights } from './packing.js';
import type { Site } from './site.js';
import { BYTE_OF_ZERO } from './value.js';

/** Bytes of what `assembly/integer/target.ts` keeps in memory. */
const TARGET_BYTES = 96;
/** Bytes of rows that wait for a product: a part of the second cache. */
const BLOCK_BYTES = 96 * 1024;
/** Rows of a tile. */
const TILE_ROWS = 6;

/** From what zero point a product takes its left operand, to what other, and between which ends: all int8. */
export interface Between {
  readonly xZeroPoint: number;
  readonly yZeroPoint: number;
  readonly clampMin: number;
  readonly clampMax: number;
}

/** Products of bytes by packed int8 weights: y = clamp((bias + Σ (x − zero point) · w) · multiplier + zero point). */
export class ByteProduct {
  /** Bytes of a row as products read it. */
  readonly rowBytes: number;
  /** Rows of a block that fits into the cache. */
  readonly blockRows: number;
  private readonly packed: number;
  private readonly columns: number;

  /**
   * @param bias one number for each column of the weights; @param multipliers one for each, or one for all.
   */
  constructor(
    private readonly site: Site,
    private readonly weights: Weights,
    bias: Int32Array | undefined,
    multipliers: Multipliers,
    private readonly between: Between,
  ) {
    const { lane, width } = site.form;
    const { inner, columns } = weights;
    const steps = Math.ceil(inner / lane);
    this.rowBytes = steps * lane * width;
    this.blockRows = Math.max(1, Math.floor(BLOCK_BYTES / this.rowBytes / TILE_ROWS)) * TILE_ROWS;
    this.packed = packWeights(site.memory, site.form.native, weights);
    const panels = Math.ceil(columns / PANEL);
    this.columns = site.memory.keep(panels * COLUMNS_BYTES);
    const all = columnsOf(weights, bias, multipliers, between.xZeroPoint + BYTE_OF_ZERO);
    const rising = between.clampMin >= between.yZeroPoint;
    for (let i = 0; i < panels; i++) {
      const view = site.memory.view(this.columns + i * COLUMNS_BYTES, COLUMNS_BYTES);
      writeColumns(view, all.slice(i * PANEL, (i + 1) * PANEL), rising);
    }
  }

  /**
   * Products of rows as they are read: each `rowBytes` or more after the one before.
   * @param c where the first row of results goes; @param cStep bytes from row to row.
   */
  run(rows: number, a: number, aStep: number, c: number, cStep: number): void {
    const { inner, columns } = this.weights;
    const target = this.target(cStep);
    this.site.form.native.integerGemm(
      ...([rows, columns, inner, a, aStep] as const),
      ...([this.packed, this.columns, c, target] as const),
    );
  }

  /** Products of rows of bytes that lie in one piece. */
  runBytes(rows: number, x: number, c: number, cStep: number): void {
    const { form, memory } = this.site;
    const { inner } = this.weights;
    // What is read behind the last row meets weights of zero.
    if (form.width === 1) return this.run(rows, x, inner, c, cStep);
    const block = memory.take('rows', Math.min(this.blockRows, rows) * this.rowBytes + 16);
    for (let i = 0; i < rows; i += this.blockRows) {
      const count = Math.min(this.blockRows, rows - i);
      form.native.widenRows(block, x + i * inner, count, inner, inner);
      this.run(count, block, this.rowBytes, c + i * cStep, cStep);
    }
  }

  private target(cStep: number): number {
    const { memory } = this.site;
    const { yZeroPoint, clampMin, clampMax } = this.between;
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
}

/** @param zero the byte that stands for 0 in x. */
function columnsOf(
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
