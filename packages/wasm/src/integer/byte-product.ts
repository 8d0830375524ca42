import type { Multipliers } from '@tfjs-optimize/runtime/reference';
import { columnsOf, keepColumns } from './columns.js';
import { packWeights, type Weights } from './packing.js';
import type { Site } from './site.js';
import { takeTarget, type Between } from './target.js';
import { BYTE_OF_ZERO } from './value.js';

/** Bytes of rows that wait for a product: a part of the second cache. */
const BLOCK_BYTES = 96 * 1024;
/** Blocks are whole tiles, of four rows or of six. */
const TILE_ROWS = 12;

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
    const steps = Math.ceil(weights.inner / lane);
    this.rowBytes = steps * lane * width;
    this.blockRows = Math.max(1, Math.floor(BLOCK_BYTES / this.rowBytes / TILE_ROWS)) * TILE_ROWS;
    this.packed = packWeights(site.memory, site.form.native, weights);
    const all = columnsOf(weights, bias, multipliers, between.xZeroPoint + BYTE_OF_ZERO);
    this.columns = keepColumns(site.memory, all, between);
  }

  /**
   * Products of rows as they are read: each `rowBytes` or more after the one before.
   * @param c where the first row of results goes; @param cStep bytes from row to row.
   */
  run(rows: number, a: number, aStep: number, c: number, cStep: number): void {
    const { inner, columns } = this.weights;
    const target = takeTarget(this.site.memory, this.between, cStep);
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
}
