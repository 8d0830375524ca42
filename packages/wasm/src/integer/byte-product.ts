import type { Multipliers } from '@tfjs-optimize/runtime/reference';
import { blockRows, readBytes, WIDE_ROWS } from './blocks.js';
import { columnsOf, keepColumns, PANEL } from './columns.js';
import { packWeights, type Weights } from './packing.js';
import type { Site } from './site.js';
import { takeTarget, type Between } from './target.js';
import { BYTE_OF_ZERO } from './value.js';

/** Products of bytes by packed int8 weights: y = clamp((bias + Σ (x − zero point) · w) · multiplier + zero point). */
export class ByteProduct {
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
    this.packed = packWeights(site.memory, site.form.native, weights);
    const all = columnsOf(weights, bias, multipliers, between.xZeroPoint + BYTE_OF_ZERO);
    this.columns = keepColumns(site.memory, all, between);
  }

  /**
   * Products of rows of bytes. Up to 16 bytes are read behind the last.
   * @param x where the first row begins; @param xStep bytes from row to row.
   * @param c where the first row of results goes; @param cStep bytes from row to row.
   */
  run(rows: number, x: number, xStep: number, c: number, cStep: number): void {
    const { form, memory } = this.site;
    const { inner, columns } = this.weights;
    const rowBytes = readBytes(form, inner);
    // A panel is eight columns, as many numbers long as a row of the left operand.
    const blocks = blockRows(rows, rowBytes);
    const widens = form.width === 2 && Math.min(blocks, rows) >= WIDE_ROWS;
    const wide = widens ? memory.take('panel', PANEL * rowBytes) : 0;
    const target = takeTarget(memory, this.between, cStep, { wide });
    const block = form.width === 1 ? undefined : memory.take('rows', Math.min(blocks, rows) * rowBytes);
    for (let i = 0; i < rows; i += blocks) {
      const count = Math.min(blocks, rows - i);
      const from = x + i * xStep;
      if (block !== undefined) form.native.layRows(block, from, count, inner, xStep);
      form.native.integerGemm(
        ...([count, columns, inner, block ?? from, block === undefined ? xStep : rowBytes] as const),
        ...([this.packed, this.columns, c + i * cStep, target] as const),
      );
    }
  }
}
