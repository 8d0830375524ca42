import { getAttr, type GraphView, type Node, type Shape, type ValueId } from '@tfjs-optimize/core';

/** Kinds of op that are linear in their input and have a kernel. */
export type LinearKind = 'conv2d' | 'depthwise' | 'transposed' | 'conv3d' | 'matmul';

interface LinearRow {
  readonly kind: LinearKind;
  readonly x: number;
  readonly kernel: number;
  /** Rank of the output. */
  readonly rank: number;
  /** The same op with bias and activation, where TensorFlow.js has one. */
  readonly fused?: string;
}

const CONV2D: LinearRow = { kind: 'conv2d', x: 0, kernel: 1, rank: 4, fused: '_FusedConv2D' };
const DEPTHWISE: LinearRow = {
  kind: 'depthwise',
  x: 0,
  kernel: 1,
  rank: 4,
  fused: 'FusedDepthwiseConv2dNative',
};
const MATMUL: LinearRow = { kind: 'matmul', x: 0, kernel: 1, rank: 2, fused: '_FusedMatMul' };

const ROWS: Readonly<Record<string, LinearRow>> = {
  Conv2D: CONV2D,
  _FusedConv2D: CONV2D,
  DepthwiseConv2dNative: DEPTHWISE,
  FusedDepthwiseConv2dNative: DEPTHWISE,
  Conv2DBackpropInput: { kind: 'transposed', x: 2, kernel: 1, rank: 4 },
  Conv3D: { kind: 'conv3d', x: 0, kernel: 1, rank: 5 },
  MatMul: MATMUL,
  _FusedMatMul: MATMUL,
};

/** Ops that {@link readLinear} understands. */
export const LINEAR_OPS: readonly string[] = Object.keys(ROWS);
/** Those of them that have a form with bias and activation. */
export const FUSABLE_OPS: readonly string[] = LINEAR_OPS.filter((op) => ROWS[op]?.fused !== undefined);

/** Bias and activation that a fused op carries. */
export interface Extras {
  readonly bias: ValueId | undefined;
  /** TensorFlow's name (`Relu6`), or undefined. */
  readonly activation: string | undefined;
}

/** A convolution or matrix product with a constant kernel, in one view for all rules. */
export interface Linear extends Extras {
  readonly node: Node;
  readonly kind: LinearKind;
  readonly x: ValueId;
  readonly kernel: ValueId;
  readonly kernelShape: Shape;
  /** Channels of the input and of the output. */
  readonly inputs: number;
  readonly outputs: number;
  readonly rank: number;
  /** Position of the input and of the kernel among the node's inputs. */
  readonly at: { readonly x: number; readonly kernel: number };
  /** The op with bias and activation that this one is or can become. */
  readonly fused: string | undefined;
  readonly isFused: boolean;
  readonly transposed: { readonly a: boolean; readonly b: boolean };
}

/** Reads a node as a linear op. A phrase says why it cannot be one. */
export function readLinear(node: Node, view: GraphView): Linear | string {
  const row = Object.hasOwn(ROWS, node.op) ? ROWS[node.op] : undefined;
  if (row === undefined) return 'is no convolution or matrix product';
  const kernel = node.inputs[row.kernel];
  const x = node.inputs[row.x];
  if (kernel === undefined || x === undefined) return 'lacks inputs';
  if (isChannelsFirst(node)) return 'has its channels first, which the graph executor does not run';
  const kernelShape = constantShape(kernel, view);
  if (kernelShape === undefined) return 'its kernel is not a constant';
  const transposed = transposes(node);
  const sizes = channels(row.kind, kernelShape, transposed.b);
  if (sizes === undefined) return `its kernel has shape [${kernelShape.join(',')}]`;
  const extras = readExtras(node, row);
  if (typeof extras === 'string') return extras;
  return {
    node,
    kind: row.kind,
    x,
    kernel,
    kernelShape,
    ...sizes,
    ...extras,
    rank: row.rank,
    at: { x: row.x, kernel: row.kernel },
    fused: row.fused,
    isFused: node.op === row.fused,
    transposed,
  };
}

/** Whether a node keeps channels in front of height and width. */
export function isChannelsFirst(node: Node): boolean {
  return (getAttr(node, 'data_format', 'string') ?? '').toUpperCase().startsWith('NC');
}

function transposes(node: Node): { a: boolean; b: boolean } {
  return {
    a: getAttr(node, 'transpose_a', 'bool') ?? false,
    b: getAttr(node, 'transpose_b', 'bool') ?? false,
  };
}

/** Input and output channels by the layout of the kernel. */
function channels(
  kind: LinearKind,
  shape: Shape,
  transposeB: boolean,
): { inputs: number; outputs: number } | undefined {
  const rank = kind === 'matmul' ? 2 : kind === 'conv3d' ? 5 : 4;
  if (shape.length !== rank) return undefined;
  const [last, before] = [shape[rank - 1] as number, shape[rank - 2] as number];
  switch (kind) {
    case 'depthwise':
      return { inputs: before, outputs: before * last };
    case 'transposed':
      return { inputs: last, outputs: before };
    case 'matmul':
      return transposeB ? { inputs: last, outputs: before } : { inputs: before, outputs: last };
    default:
      return { inputs: before, outputs: last };
  }
}

function readExtras(node: Node, row: LinearRow): Extras | string {
  if (node.op !== row.fused) return { bias: undefined, activation: undefined };
  const ops = getAttr(node, 'fused_ops', 'strings') ?? [];
  if (ops[0] !== 'BiasAdd' || ops.length > 2) return `its fused ops are [${ops.join(', ')}]`;
  const bias = node.inputs[2];
  if (bias === undefined) return 'lacks its bias';
  return { bias, activation: ops[1] };
}

/**
 * Shape of a value that depends on constants only: a Const, or a Const kept as it is stored and
 * multiplied by a vector when the model runs.
 */
export function constantShape(value: ValueId, view: GraphView): Shape | undefined {
  const weight = view.weight(value);
  if (weight !== undefined) return weight.dtype === 'float32' ? weight.shape : undefined;
  const node = view.producer(value);
  if (node.op !== 'Mul' || value !== node.name) return undefined;
  const [kernel, factor] = node.inputs as [ValueId, ValueId];
  return view.weight(factor) === undefined ? undefined : constantShape(kernel, view);
}

/** Shape, of the kernel's rank or less, in which a vector over output channels meets the kernel. */
export function outputFactorShape(linear: Linear): number[] {
  const { kind, kernelShape, outputs, transposed } = linear;
  if (kind === 'depthwise') return kernelShape.slice(-2);
  return kind === 'transposed' || transposed.b ? [outputs, 1] : [outputs];
}

/** The same for a vector over input channels. */
export function inputFactorShape(linear: Linear): number[] {
  const { kind, inputs, transposed } = linear;
  return kind === 'transposed' || transposed.b ? [inputs] : [inputs, 1];
}

/** Whether zeros beside the input never reach the output. A 1×1 kernel sees none under SAME. */
export function isUnpadded(linear: Linear): boolean {
  const { node, kind, kernelShape } = linear;
  if (kind === 'matmul') return true;
  if (kind === 'transposed') return false;
  const padding = getAttr(node, 'padding', 'string')?.toUpperCase();
  if (padding === 'VALID') return true;
  if (padding === 'SAME') return kernelShape.slice(0, -2).every((size) => size === 1);
  return (getAttr(node, 'explicit_paddings', 'ints') ?? [1]).every((size) => size === 0);
}
