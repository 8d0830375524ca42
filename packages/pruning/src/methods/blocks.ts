import { touched } from './n-of-m.js';
import { largestMagnitudes } from './unstructured.js';

/** How a block's weights make one number: the mean of magnitudes, the largest, or the mean of squares. */
export type Pooling = 'average' | 'maximum' | 'mean-square';

/** What {@link blocks} prunes. */
export interface BlockOptions {
  /** Rows and columns of a block. */
  readonly block: readonly [rows: number, columns: number];
  readonly pooling: Pooling;
  /** The share of blocks that become zero, from 0 to 1. */
  readonly sparsity: number;
  /** What an earlier mask keeps; the rest counts as 0 and stays pruned. */
  readonly kept?: Uint8Array | undefined;
}

/**
 * Prunes whole blocks of a matrix, counted from its first element; those at its ends may be partial.
 *
 * `average` and `maximum` choose as TensorFlow Model Optimization does: blocks that equal the least one kept are all kept,
 * and at least one is. As there, the windows of pooling are those of padding `SAME`, which in a matrix that blocks do
 * not fill begin up to half a block before the blocks do. `mean-square` is the WeightNormSparsifier of PyTorch: what a
 * partial block lacks counts as 0.
 * @param shape rows and columns, [in, out] of a dense kernel.
 */
export function blocks(
  values: Float32Array,
  shape: readonly [number, number],
  { block, pooling, sparsity, kept }: BlockOptions,
): Uint8Array {
  const [rows, columns] = shape;
  const [high, wide] = block;
  const across = Math.ceil(columns / wide);
  const pooled = pool(values, shape, block, pooling, kept);
  const stays =
    pooling === 'mean-square'
      ? touched(pooled, sparsity).map((goes) => 1 - goes)
      : largestMagnitudes({ scores: Float32Array.from(pooled) }, sparsity);
  const out = kept?.slice() ?? new Uint8Array(values.length).fill(1);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = Math.floor(row / high) * across + Math.floor(column / wide);
      if (stays[at] === 0) out[row * columns + column] = 0;
    }
  }
  return out;
}

function pool(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  [high, wide]: readonly [number, number],
  pooling: Pooling,
  kept: Uint8Array | undefined,
): Float64Array {
  const isSame = pooling !== 'mean-square';
  const across = Math.ceil(columns / wide);
  const [rowOf, columnOf] = [windowOf(rows, high, isSame), windowOf(columns, wide, isSame)];
  const pooled = new Float64Array(Math.ceil(rows / high) * across);
  const counts = new Uint32Array(pooled.length);
  for (let i = 0; i < values.length; i++) {
    const at = rowOf(Math.floor(i / columns)) * across + columnOf(i % columns);
    const size = kept === undefined || kept[i] !== 0 ? Math.abs(values[i] as number) : 0;
    counts[at] = (counts[at] as number) + 1;
    const old = pooled[at] as number;
    if (pooling === 'maximum') pooled[at] = Math.max(old, size);
    else pooled[at] = old + (pooling === 'average' ? size : size * size);
  }
  if (pooling === 'maximum') return pooled;
  return pooled.map((sum, at) => sum / (isSame ? (counts[at] as number) : high * wide));
}

/** Which window an element lies in; padding `SAME` puts the smaller half of what lacks in front. */
function windowOf(length: number, size: number, isSame: boolean): (at: number) => number {
  const lacks = Math.ceil(length / size) * size - length;
  const front = isSame ? Math.floor(lacks / 2) : 0;
  return (at) => Math.floor((at + front) / size);
}
