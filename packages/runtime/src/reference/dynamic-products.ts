import { largestInt16, quantizeRows, type DynamicOptions, type QuantizedRows } from './dynamic-quantize.js';
import { productSums } from './sums.js';

/** What stands behind the sum of a dynamic product. */
export interface DynamicEpilogue {
  /** The step of each output channel of the weights, or one for all. */
  readonly scales: Float32Array;
  /** A float for each output channel. */
  readonly bias?: Float32Array;
  /** Ends of what comes out; a fused Relu is a clampMin of 0. */
  readonly clampMin: number;
  readonly clampMax: number;
}

const { fround } = Math;

/**
 * Whole sums as floats: `fround(fround(sum) · fround(xScale · scale[c])) + bias[c]`, every step rounded to float32,
 * then the clamps, which keep NaN.
 *
 * @param sums of `channels` output channels for each position, the positions of a row of `x` one after the other.
 * @param positions how many positions there are for each row of x.
 */
export function dequantized(
  sums: Int32Array,
  xScales: Float32Array,
  positions: number,
  channels: number,
  epilogue: DynamicEpilogue,
): Float32Array {
  const { scales, bias, clampMin, clampMax } = epilogue;
  const out = new Float32Array(sums.length);
  const factors = new Float32Array(channels);
  let at = 0;
  for (const xScale of xScales) {
    for (let c = 0; c < channels; c++) factors[c] = xScale * (scales[scales.length === 1 ? 0 : c] as number);
    for (let position = 0; position < positions; position++) {
      for (let c = 0; c < channels; c++, at++) {
        let value = fround(fround(sums[at] as number) * (factors[c] as number));
        if (bias !== undefined) value = fround(value + (bias[c] as number));
        out[at] = value < clampMin ? clampMin : value > clampMax ? clampMax : value;
      }
    }
  }
  return out;
}

/**
 * `x · w` of floats and int8 weights: x is put into whole numbers, row by row or all by one range, multiplied and
 * summed as whole numbers, and scaled back.
 *
 * @param x [rows, k].
 * @param w [k, n] of numbers from -128 to 127.
 * @returns [rows, n].
 */
export function dynamicMatMul(
  x: Float32Array,
  w: Int8Array,
  sizes: { readonly k: number; readonly n: number },
  options: DynamicOptions,
  epilogue: DynamicEpilogue,
): Float32Array {
  const { k, n } = sizes;
  const quantized = quantizeRows(x, k, options, largestInt16(k));
  const product = { rows: quantized.scales.length, inner: k, columns: n };
  const sums = productSums(quantized.values, 0, w, undefined, product);
  return dequantized(sums, quantized.scales, 1, n, epilogue);
}

/**
 * `a · b` of floats, both put into whole numbers: row by row of a and column by column of b, or each by one range.
 *
 * @param a batches of [m, k].
 * @param b batches of [n, k]: transposed, as what is summed over lies together.
 * @param pairs which batch of a and which of b make each batch of the result.
 * @returns a batch of [m, n] for each pair.
 */
export function dynamicBatchMatMul(
  a: Float32Array,
  b: Float32Array,
  sizes: { readonly m: number; readonly k: number; readonly n: number },
  pairs: readonly (readonly [a: number, b: number])[],
  options: DynamicOptions,
): Float32Array {
  const { m, k, n } = sizes;
  const largest = largestInt16(k, true);
  const [left, right] = [quantizeRows(a, k, options, largest), quantizeRows(b, k, options, largest)];
  const out = new Float32Array(pairs.length * m * n);
  for (const [batch, [from, by]] of pairs.entries()) {
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        const sum = dot(left, right, from * m + row, by * n + column, k);
        const factor = fround(
          (left.scales[from * m + row] as number) * (right.scales[by * n + column] as number),
        );
        out[(batch * m + row) * n + column] = fround(fround(sum) * factor);
      }
    }
  }
  return out;
}

/** The sum of the products of two rows, wrapped to int32. */
function dot(a: QuantizedRows, b: QuantizedRows, rowOfA: number, rowOfB: number, k: number): number {
  let sum = 0;
  for (let i = 0, from = rowOfA * k, by = rowOfB * k; i < k; i++) {
    sum += (a.values[from + i] as number) * (b.values[by + i] as number);
  }
  return sum | 0;
}
