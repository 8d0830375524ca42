import type { IntegerExports } from './integer-exports.js';
import type { Memory } from './memory.js';

/** Weights of a product: `inner` rows of `columns` int8 values, `stride` from row to row, from `start` on. */
export interface Weights {
  readonly data: Int8Array;
  readonly start: number;
  readonly inner: number;
  readonly columns: number;
  readonly stride: number;
}

/** Packs weights for products of a build. @returns their address. */
export function packWeights(memory: Memory, native: IntegerExports, weights: Weights): number {
  const { data, start, inner, columns, stride } = weights;
  const packed = memory.keep(native.integerPackedBytes(inner, columns));
  if (inner === 0) return packed;
  const length = (inner - 1) * stride + columns;
  const from = memory.take('weights', length);
  memory.bytes(from, length).set(new Uint8Array(data.buffer, data.byteOffset + start, length));
  native.integerPack(packed, from, inner, columns, stride);
  return packed;
}
