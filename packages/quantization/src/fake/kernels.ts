import { getAttr, nodeOf, type Model, type Node } from '@tfjs-optimize/core';

/** Axes of the output channels of a kernel, by the op that multiplies by it as its second input. */
export function channelAxes(node: Node): readonly number[] | undefined {
  switch (node.op) {
    case 'Conv2D':
    case '_FusedConv2D':
      return [3];
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2dNative':
      return [2, 3];
    case 'Conv2DBackpropInput':
      return [2];
    case 'Conv1D':
      return [2];
    case 'MatMul':
    case '_FusedMatMul':
      return [getAttr(node, 'transpose_b', 'bool') === true ? 0 : 1];
    default:
      return undefined;
  }
}

/** The input that is the activation, and the one that is the weight. */
export function operandsOf(node: Node): { readonly activation: number; readonly kernel: number } {
  // Transposed convolutions take the sizes of their output first.
  return node.op === 'Conv2DBackpropInput' ? { activation: 2, kernel: 1 } : { activation: 0, kernel: 1 };
}

/** Whether a value hangs on nothing but weights. */
export function isConstant(model: Model, value: string, known = new Map<string, boolean>()): boolean {
  const name = nodeOf(value);
  const before = known.get(name);
  if (before !== undefined) return before;
  known.set(name, false);
  const node = model.graph.get(name);
  const constant =
    node !== undefined &&
    !node.op.startsWith('Placeholder') &&
    node.inputs.every((input) => isConstant(model, input, known));
  known.set(name, constant);
  return constant;
}
