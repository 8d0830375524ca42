import type { Encoding, Weights } from '@tfjs-optimize/core';

/** What a list of weights amounts to. */
export interface WeightTotals {
  readonly count: number;
  /** Numbers (or strings) in them. */
  readonly parameters: number;
  /** Bytes as they are stored. */
  readonly bytes: number;
}

/** Sums up the weights of these names; names of which there is no weight count nothing. */
export function weightTotals(weights: Weights, names: Iterable<string>): WeightTotals {
  let [count, parameters, bytes] = [0, 0, 0];
  for (const name of names) {
    const weight = weights.get(name);
    if (weight === undefined) continue;
    count++;
    parameters += weight.size;
    bytes += weight.storedBytes;
  }
  return { count, parameters, bytes };
}

/** Weights by how they are stored: `float32`, `uint8 for float32`. */
export function weightEncodings(weights: Weights): ReadonlyMap<string, WeightTotals> {
  const names = new Map<string, string[]>();
  for (const [name, weight] of weights) {
    const key = encodingInWords(weight.encoding, weight.dtype);
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return new Map([...names].map(([key, own]) => [key, weightTotals(weights, own)]));
}

function encodingInWords(encoding: Encoding, dtype: string): string {
  switch (encoding.kind) {
    case 'plain':
      return dtype;
    case 'int8':
      return 'int8';
    case 'channels':
      return `int8 per channel for ${dtype}`;
    case 'affine':
      return `${encoding.dtype} for ${dtype}`;
    default:
      return `${encoding.kind} for ${dtype}`;
  }
}
