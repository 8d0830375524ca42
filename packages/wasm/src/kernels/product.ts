import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../engine/engine.js';
import { sizeOf } from '../reference/values.js';
import { columnsOf, finish, limitsOf, type Epilogue } from './activations.js';

/** Bytes of what `assembly/gemm/target.ts` keeps in memory. */
export const TARGET_BYTES = 64;

/** A product of matrices that is done once for each of a batch. */
export interface ProductOptions {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** A is [k, m], B is [n, k]. */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** The tensor of all matrices B. */
  readonly b: TensorInfo;
  readonly epilogue: Epilogue;
}

/** C = f(A · B + bias): one row by a product with a vector, more by packed panels. */
export class Product {
  private readonly kept: number | undefined;
  private readonly panelBytes: number;
  /** Which matrix lies packed in the scratch memory. */
  private packedLast: number | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly options: ProductOptions,
  ) {
    const { k, n, b, transposeB } = options;
    this.panelBytes = engine.native.packedBytes(k, n);
    // A vector meets transposed matrices as they are: their rows are what it needs in one piece.
    if (k === 0 || (options.m === 1 && transposeB)) return;
    const matrices = sizeOf(b.shape) / (k * n);
    this.kept = engine.packed.of(
      b.dataId,
      `${transposeB ? 'T' : ''}${k}x${n}`,
      matrices * this.panelBytes,
      (to) => {
        for (let i = 0; i < matrices; i++)
          this.pack(to + i * this.panelBytes, engine.address(b) + 4 * i * k * n);
      },
    );
  }

  /**
   * One product.
   * @param b address of the matrix B, the `index`-th of its tensor.
   */
  run(a: number, b: number, index: number, c: number): void {
    const { m, n, epilogue } = this.options;
    if (m === 1) this.vector(a, b, index, c);
    else this.panels(a, b, index, c);
    const fused = m > 1 && limitsOf(epilogue.activation) !== undefined;
    finish(this.engine, c, m, n, epilogue, { biased: m > 1, activated: fused });
  }

  private vector(x: number, b: number, index: number, y: number): void {
    const { native, scratch } = this.engine;
    const { k, n, transposeB } = this.options;
    if (this.kept !== undefined) native.gemvPacked(n, k, x, this.panelsOf(b, index), y);
    else if (transposeB) native.gemvTransposed(n, k, x, b, k, y);
    else native.gemv(n, k, x, b, n, y, scratch.take('odd', 4 * n));
  }

  private panels(a: number, b: number, index: number, c: number): void {
    const { native, scratch } = this.engine;
    const { m, k, n, transposeA, epilogue } = this.options;
    const rows = transposeA ? scratch.take('rows', 4 * m * k) : a;
    if (transposeA) native.transpose(rows, a, k, m, m);
    const bias = epilogue.bias === undefined ? 0 : columnsOf(this.engine, epilogue.bias, n, 'bias');
    const [low, high] = limitsOf(epilogue.activation) ?? [-Infinity, Infinity];
    const target = scratch.take('target', TARGET_BYTES);
    native.gemm(m, n, k, rows, k, this.panelsOf(b, index), c, bias, low, high, target, 0);
  }

  private panelsOf(b: number, index: number): number {
    if (this.kept !== undefined) return this.kept + index * this.panelBytes;
    const to = this.engine.scratch.take('panels', this.panelBytes);
    if (this.packedLast !== index) this.pack(to, b);
    this.packedLast = index;
    return to;
  }

  private pack(to: number, b: number): void {
    const { k, n, transposeB } = this.options;
    this.engine.native.pack(to, b, k, n, transposeB ? k : n, transposeB ? 1 : 0);
  }
}
