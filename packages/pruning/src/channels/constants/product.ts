import { getAttr, type Node, type Weight, type Weights } from '@tfjs-optimize/core';

/** A convolution or product with a constant: y[…, o] = Σ_i x[…, i] · w[…, i, o] over a window. */
export interface Product {
  readonly node: Node;
  /** Which inputs of the node are x and w. */
  readonly x: number;
  readonly w: number;
  readonly weight: Weight;
  /** Axes of w. */
  readonly into: number;
  readonly out: number;
  /** Whether each output sums over whole windows: no place of padding is among them. */
  readonly isWhole: boolean;
}

/** A node as such a product; undefined for all others. */
export function productOf(node: Node, weights: Weights): Product | undefined {
  const weight = weights.get(node.inputs[1] ?? '');
  if (weight === undefined) return undefined;
  const rank = weight.shape.length;
  const common = { node, x: 0, w: 1, weight };
  switch (node.op) {
    case 'Conv1D':
    case 'Conv2D':
    case '_FusedConv2D':
    case 'Conv3D':
      return { ...common, into: rank - 2, out: rank - 1, isWhole: isWhole(node, weight) };
    case 'MatMul':
    case '_FusedMatMul':
    case 'BatchMatMul':
    case 'BatchMatMulV2': {
      const isBatch = node.op.startsWith('Batch');
      const isTurned = getAttr(node, isBatch ? 'adj_y' : 'transpose_b', 'bool') === true;
      const isLeftTurned = getAttr(node, isBatch ? 'adj_x' : 'transpose_a', 'bool') === true;
      if (isLeftTurned || weight.shape.slice(0, -2).some((size) => size !== 1)) return undefined;
      const [into, out] = isTurned ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
      return { ...common, into, out, isWhole: true };
    }
    case 'Conv2DBackpropInput':
      // Windows overlap by the stride: how many meet in a place differs.
      return { ...common, x: 2, into: 3, out: 2, isWhole: false };
    default:
      return undefined;
  }
}

function isWhole(node: Node, { shape }: Weight): boolean {
  const padding = getAttr(node, 'padding', 'string')?.toUpperCase();
  const isOne = shape.slice(0, -2).every((size) => size === 1);
  return padding === 'VALID' || (padding === 'SAME' && isOne);
}

/** A depthwise convolution with a constant, whose output c·m + j is that of input c. */
export function isDepthwise(node: Node): boolean {
  return /Depthwise/.test(node.op);
}

/** Σ w[…, i, o] over the window, which is all that stands before the last two axes, and whether all of it is zero. */
export function windowSum(
  values: ArrayLike<number>,
  { weight: { shape }, into, out }: Product,
  i: number,
  o: number,
): { readonly sum: number; readonly isZero: boolean } {
  const width = shape.at(-1) as number;
  const step = width * (shape.at(-2) as number);
  let [sum, isZero] = [0, true];
  for (let at = into < out ? i * width + o : o * width + i; at < values.length; at += step) {
    const value = values[at] as number;
    sum += value;
    if (value !== 0) isZero = false;
  }
  return { sum, isZero };
}
