import { requantized } from './convolution.js';
import { requantizeOne, type OutputStage } from './fixed-point.js';
import { productSums, type Product } from './sums.js';

/**
 * Product with weights: the sum over k of (x − xZeroPoint) · w, plus bias. Sums are of int32 and wrap.
 * @param x [rows, inner].
 * @param w [inner, columns].
 * @param bias one for each column.
 * @returns [rows, columns].
 */
export function matMul(
  x: Int8Array,
  w: Int8Array,
  bias: Int32Array | undefined,
  product: Product,
  xZeroPoint: number,
  stage: OutputStage,
): Int8Array {
  return requantized(productSums(x, xZeroPoint, w, bias, product), product.columns, stage);
}

/** Sizes of a product of two activations, matrix by matrix. */
export interface BatchProduct extends Product {
  /** Whether the matrices of a are [inner, rows], and those of b [columns, inner]. */
  readonly adjX: boolean;
  readonly adjY: boolean;
  /** Which matrix of a and which of b make each matrix of the result. */
  readonly pairs: readonly (readonly [a: number, b: number])[];
}

/** Products of two activations: the sums over k of (a − aZeroPoint) · (b − bZeroPoint). */
export function batchMatMul(
  a: Int8Array,
  b: Int8Array,
  { rows, inner, columns, adjX, adjY, pairs }: BatchProduct,
  aZeroPoint: number,
  bZeroPoint: number,
  stage: OutputStage,
): Int8Array {
  const out = new Int8Array(pairs.length * rows * columns);
  const [aRow, aStep] = adjX ? [1, rows] : [inner, 1];
  const [bStep, bColumn] = adjY ? [1, inner] : [columns, 1];
  let at = 0;
  for (const [aMatrix, bMatrix] of pairs) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        let aAt = aMatrix * rows * inner + i * aRow;
        let bAt = bMatrix * inner * columns + j * bColumn;
        let sum = 0;
        for (let k = 0; k < inner; k++, aAt += aStep, bAt += bStep) {
          sum = (sum + ((a[aAt] as number) - aZeroPoint) * ((b[bAt] as number) - bZeroPoint)) | 0;
        }
        out[at] = requantizeOne(sum, stage);
      }
    }
  }
  return out;
}
