import { getAttr, nodeOf, type Graph, type Model, type Node } from '@tfjs-optimize/core';
import { channelsOf, type Channels } from './encode.js';

/** A node that computes with a weight, and as which of its inputs. */
export interface Reader {
  readonly node: Node;
  readonly input: number;
}

/** The nodes that compute with a constant, seen through Identity nodes. */
export function readersOf(graph: Graph, name: string): Reader[] {
  return graph.users(name).flatMap((node): Reader[] => {
    if (node.op === 'Identity') return readersOf(graph, node.name);
    return node.inputs.flatMap((value, input) => (nodeOf(value) === name ? [{ node, input }] : []));
  });
}

/**
 * The channels of a weight as the op that reads it first counts them: those of its outputs, so that all that is added up
 * for one output has one scale.
 *
 * | read by | shape | a scale for each |
 * | --- | --- | --- |
 * | convolution | [h, w, in, out] | out |
 * | depthwise convolution | [h, w, in, multiplier] | in · multiplier |
 * | transposed convolution | [h, w, out, in] | out |
 * | product, on the right | [..., k, n] | n (transposed: [n, k], too) |
 * | product, on the left | [..., m, k] | m |
 * | lookup of rows | [rows, width] | row |
 * | anything else | | step along the last axis |
 */
export function channelsRead(model: Model, name: string, [reader]: readonly Reader[]): Channels {
  const { shape } = model.weights.need(name);
  const last = shape.length - 1;
  const { node, input } = reader as Reader;
  switch (node.op) {
    case 'DepthwiseConv2dNative':
    case 'DepthwiseConv2d':
    case 'FusedDepthwiseConv2dNative':
      return input === 1 ? channelsOf(shape, 2, 2) : channelsOf(shape, last);
    case 'Conv2DBackpropInput':
      return channelsOf(shape, input === 1 ? 2 : last);
    case 'MatMul':
    case '_FusedMatMul':
      return channelsOf(shape, productAxis(node, input, ['transpose_a', 'transpose_b'], last));
    case 'BatchMatMul':
    case 'BatchMatMulV2':
      return channelsOf(shape, productAxis(node, input, ['adj_x', 'adj_y'], last));
    case 'Gather':
    case 'GatherV2':
    case 'ResourceGather':
      return channelsOf(shape, input === 0 ? 0 : last);
    default:
      return channelsOf(shape, last);
  }
}

/** The axis that a product keeps of one of its operands. */
function productAxis(node: Node, input: number, flags: readonly [string, string], last: number): number {
  const transposed = getAttr(node, flags[input === 0 ? 0 : 1], 'bool') ?? false;
  return (input === 0) === transposed ? last : last - 1;
}
