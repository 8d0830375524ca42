import type { Graph, Model, Node } from '@tfjs-optimize/core';

/**
 * How a weight lies as a matrix with a row for each output channel and a column for each value that goes
 * into one: element `offset` of the weight stands in row `rowOf(offset)`, column `columnOf(offset)`.
 */
export interface MatrixForm {
  readonly rows: number;
  readonly columns: number;
  rowOf(offset: number): number;
  columnOf(offset: number): number;
}

/** The axes of a weight that make up its output channels; the others make up the columns, in order. */
function outputAxes(rank: number, user: Node | undefined): readonly number[] {
  const last = rank - 1;
  switch (user?.op) {
    case 'DepthwiseConv2d':
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2dNative':
      // [height, width, channels, multiplier]
      return [rank - 2, last];
    case 'Conv2DBackpropInput':
      // [height, width, channels out, channels in]
      return [rank - 2];
    case 'MatMul':
    case '_FusedMatMul':
    case 'BatchMatMul':
    case 'BatchMatMulV2':
      return isTransposed(user) ? [rank - 2] : [last];
    default:
      return [last];
  }
}

function isTransposed({ attrs }: Node): boolean {
  const flag = attrs['transpose_b'] ?? attrs['adj_y'];
  return flag?.kind === 'bool' && flag.value;
}

/** The matrix form of a weight, by the node that reads it. Of rank 1 each value is a row. */
export function matrixForm(model: Model, name: string): MatrixForm {
  const { shape } = model.weights.need(name);
  const outputs =
    shape.length < 2 ? shape.map((_, axis) => axis) : outputAxes(shape.length, userOf(model.graph, name));
  const inner = shape.map((_, axis) => axis).filter((axis) => !outputs.includes(axis));
  const [rows, columns] = [outputs, inner].map((axes) =>
    axes.reduce((size, axis) => size * (shape[axis] as number), 1),
  );
  return {
    rows: rows as number,
    columns: columns as number,
    rowOf: indexBy(shape, outputs),
    columnOf: indexBy(shape, inner),
  };
}

/** The first node that computes with a value, seen through Identity nodes. */
function userOf(graph: Graph, name: string): Node | undefined {
  if (!graph.has(name)) return undefined;
  for (const user of graph.users(name)) {
    const found = user.op === 'Identity' ? userOf(graph, user.name) : user;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The index that some axes of an element make up, in row-major order. */
function indexBy(shape: readonly number[], axes: readonly number[]): (offset: number) => number {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const parts = axes.map((axis) => [strides[axis] as number, shape[axis] as number] as const);
  return (offset) =>
    parts.reduce((index, [stride, size]) => index * size + (Math.floor(offset / stride) % size), 0);
}
