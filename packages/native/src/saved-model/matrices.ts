import { nodeOf, type Model } from '@tfjs-optimize/core';

/** Smaller ones cost little as constants. */
const LEAST_ELEMENTS = 2 ** 18;

/** Where ops read a matrix that is as fast from a variable: the right side of products, tables of rows. */
const READ_AT: Readonly<Record<string, number>> = {
  MatMul: 1,
  BatchMatMul: 1,
  BatchMatMulV2: 1,
  _FusedMatMul: 1,
  Gather: 0,
  GatherV2: 0,
};

/**
 * Names of the constants of at least 1 MiB that products and lookups alone read. TensorFlow copies constants several
 * times while it optimizes a graph and holds them once more as kernels pack them; filters of convolutions are faster
 * so, matrices hardly.
 */
export function largeMatrices({
  graph,
  weights,
  signature,
}: Pick<Model, 'graph' | 'weights' | 'signature'>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { name, op } of graph) {
    const weight = op === 'Const' ? weights.get(name) : undefined;
    if (weight?.dtype === 'float32' && weight.size >= LEAST_ELEMENTS) found.add(name);
  }
  for (const { op, inputs } of graph) {
    const at = Object.hasOwn(READ_AT, op) ? READ_AT[op] : undefined;
    inputs.forEach((value, index) => {
      if (index !== at) found.delete(nodeOf(value));
    });
  }
  for (const { value } of signature.outputs) found.delete(nodeOf(value));
  return found;
}
