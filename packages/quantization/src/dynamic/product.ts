import {
  attr,
  getAttr,
  nodeOf,
  type Attrs,
  type GraphView,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';
import type { RuntimeOp } from '@tfjs-optimize/runtime';
import type { DynamicOp } from './options.js';
import { weightOf, type ConstantFloats } from './constant.js';

/** How a weight lies in memory before it is quantized. */
export type Layout = 'matrix' | 'transposed matrix' | 'filter' | 'depthwise filter';

/** What a fused product does behind its sum. */
export interface Behind {
  readonly bias: ValueId | undefined;
  /** TensorFlow's name of the activation, with the slopes of Prelu. */
  readonly activation: string | undefined;
  readonly slopes: ValueId | undefined;
  /** The slope of LeakyRelu. */
  readonly alpha: number;
}

/** A product that can be quantized dynamically. */
export interface Product extends Behind {
  readonly node: Node;
  /** Under which name of {@link DynamicOp} it counts. */
  readonly counts: DynamicOp;
  readonly op: RuntimeOp;
  readonly x: ValueId;
  /** Whether the last two axes of x change places first. */
  readonly isTransposed: boolean;
  /** The constant that x is multiplied by; undefined for the product of two computed values. */
  readonly weight: WeightUse | undefined;
  /** Attributes beside those of dynamic quantization. */
  readonly attrs: Attrs;
}

/** A constant operand. */
export interface WeightUse {
  readonly value: ValueId;
  readonly constant: ConstantFloats;
  readonly layout: Layout;
}

const NOTHING: Behind = { bias: undefined, activation: undefined, slopes: undefined, alpha: 0 };

const CONVOLUTIONS: Readonly<Record<string, readonly [DynamicOp, RuntimeOp, Layout]>> = {
  Conv2D: ['Conv2D', 'DynamicConv2D', 'filter'],
  _FusedConv2D: ['Conv2D', 'DynamicConv2D', 'filter'],
  DepthwiseConv2d: ['DepthwiseConv2dNative', 'DynamicDepthwiseConv2D', 'depthwise filter'],
  DepthwiseConv2dNative: ['DepthwiseConv2dNative', 'DynamicDepthwiseConv2D', 'depthwise filter'],
  FusedDepthwiseConv2dNative: ['DepthwiseConv2dNative', 'DynamicDepthwiseConv2D', 'depthwise filter'],
};

const MATRIX = ['MatMul', '_FusedMatMul', 'BatchMatMul', 'BatchMatMulV2'];

/** Ops of products. */
export const PRODUCT_OPS: readonly string[] = [...MATRIX, ...Object.keys(CONVOLUTIONS)];

/** Reads a node as a product. A phrase says why it cannot be quantized. */
export function readProduct(node: Node, view: GraphView): Product | string {
  const [x, other] = node.inputs;
  if (x === undefined || other === undefined) return 'lacks inputs';
  const dtype = view.type(x).dtype;
  if (dtype !== undefined && dtype !== 'float32') return `multiplies ${dtype} values`;
  const behind = readBehind(node);
  if (typeof behind === 'string') return behind;
  const row = Object.hasOwn(CONVOLUTIONS, node.op) ? CONVOLUTIONS[node.op] : undefined;
  if (row === undefined) return readMatrix(node, x, other, behind, view);
  const [counts, op, layout] = row;
  if ((getAttr(node, 'data_format', 'string') ?? '').toUpperCase().startsWith('NC')) {
    return 'has its channels first';
  }
  const constant = weightOf(other, view);
  if (constant === undefined) return 'its filter is not a constant';
  const weight = { value: other, constant, layout };
  return { ...behind, node, counts, op, x, isTransposed: false, weight, attrs: windowAttrs(node) };
}

function readMatrix(node: Node, a: ValueId, b: ValueId, behind: Behind, view: GraphView): Product | string {
  const isBatched = node.op.startsWith('Batch');
  const [flagA, flagB] = isBatched ? ['adj_x', 'adj_y'] : ['transpose_a', 'transpose_b'];
  const isTransposed = getAttr(node, flagA, 'bool') ?? false;
  const isOtherTransposed = getAttr(node, flagB, 'bool') ?? false;
  const constant = weightOf(b, view);
  const leading = constant?.shape.slice(0, -2) ?? [];
  const rank = view.type(a).shape?.length;
  const fits =
    leading.every((size) => size === 1) && (leading.length === 0 || (rank ?? 0) >= leading.length + 2);
  if (constant !== undefined && fits) {
    if (isTransposed && rank === undefined) return 'transposes a value of unknown rank';
    const layout: Layout = isOtherTransposed ? 'transposed matrix' : 'matrix';
    const weight = { value: b, constant, layout };
    return { ...behind, node, counts: 'MatMul', op: 'DynamicMatMul', x: a, isTransposed, weight, attrs: {} };
  }
  if (!isBatched) return 'multiplies two computed values, and not batches of them';
  if (weightOf(a, view) !== undefined) return 'has its constant on the left';
  return {
    ...{ ...NOTHING, node, counts: 'BatchMatMulV2', op: 'DynamicBatchMatMul', x: a, isTransposed: false },
    weight: undefined,
    attrs: {
      ...(isTransposed && { adj_x: attr.bool(true) }),
      ...(isOtherTransposed && { adj_y: attr.bool(true) }),
    },
  };
}

function readBehind(node: Node): Behind | string {
  const ops = getAttr(node, 'fused_ops', 'strings') ?? [];
  if (ops.length === 0) return NOTHING;
  if (ops[0] !== 'BiasAdd' || ops.length > 2) return `its fused ops are [${ops.join(', ')}]`;
  const [, , bias, slopes] = node.inputs;
  const [, activation] = ops;
  if (bias === undefined) return 'lacks its bias';
  if (activation === 'Prelu' && slopes === undefined) return 'lacks its slopes';
  // Stock TensorFlow.js does not hand the slope on, and what it makes then is NaN.
  if (activation === 'LeakyRelu' && node.op === 'FusedDepthwiseConv2dNative') {
    return 'has a LeakyRelu, which stock TensorFlow.js does not compute here';
  }
  return { bias, activation, slopes, alpha: getAttr(node, 'leakyrelu_alpha', 'float') ?? 0.2 };
}

/** Where windows stand, without what is as it is when it is not told. */
function windowAttrs(node: Node): Attrs {
  const { strides, padding, dilations, explicit_paddings } = node.attrs;
  const paddings = getAttr(node, 'explicit_paddings', 'ints') ?? [];
  const isDilated = (getAttr(node, 'dilations', 'ints') ?? []).some((size) => size !== 1);
  return {
    ...(strides && { strides }),
    ...(padding && { padding }),
    ...(paddings.length > 0 && explicit_paddings && { explicit_paddings }),
    ...(isDilated && dilations && { dilations }),
  };
}

/** Nodes, other than one, that read a weight as it is. */
export function otherReaders(weight: WeightUse, node: Node, view: GraphView): string[] {
  const readers = [...view.users(nodeOf(weight.value))].filter((name) => name !== node.name);
  return view.isOutput(nodeOf(weight.value)) ? [...readers, 'an output'] : readers;
}
