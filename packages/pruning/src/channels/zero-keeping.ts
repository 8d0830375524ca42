import { hasTrait, nodeOf, type Node, type ValueId } from '@tfjs-optimize/core';
import type { Channels } from './groups.js';

/** Functions that are 0 at 0. */
const ZERO_AT_ZERO: ReadonlySet<string> = new Set([
  ...[
    'Abs',
    'Asin',
    'Asinh',
    'Atan',
    'Atanh',
    'Cast',
    'Ceil',
    'Elu',
    'Erf',
    'Expm1',
    'Floor',
    'LeakyRelu',
    'Log1p',
  ],
  ...['Neg', 'Relu', 'Relu6', 'Round', 'Selu', 'Sign', 'Sin', 'Sinh', 'Sqrt', 'Square', 'Tan', 'Tanh'],
]);
/** Zero where one operand is. */
const PRODUCTS: ReadonlySet<string> = new Set(['Mul']);
/** Zero where the first operand is. */
const BY_FIRST: ReadonlySet<string> = new Set([
  'RealDiv',
  'Div',
  'DivNoNan',
  'Prelu',
  'ClipByValue',
  'Pow',
  'Pad',
  'PadV2',
]);
/** Zero where their weights are. */
const WEIGHED =
  /^(_Fused)?(Conv|MatMul)|^(BatchMatMul|DepthwiseConv|FusedDepthwiseConv|FusedBatchNorm|Einsum|Dilation2D|Gather)/;
/** What sums over channels: here a channel that is not zero counts. */
const SUMS = /^(_Fused)?(Conv|MatMul)|^(BatchMatMul|Einsum)/;

/**
 * Channels that are not zero although the weights that make them are, since something on their way makes a number of a
 * zero (sigmoid makes ½): removing them takes a constant away from what follows.
 * @returns the node to blame by unit.
 */
export function notZero({ model, coupling }: Channels): ReadonlyMap<number, Node> {
  const { graph, weights } = model;
  const blamed = new Map<ValueId, Node>();
  const found = new Map<number, Node>();
  for (const node of graph) {
    if (node.op === 'Const') {
      // A number for all channels alike, unless it is 0 itself; what has channels goes with them.
      const weight = weights.get(node.name);
      const hasChannels = (coupling.labels.get(node.name) ?? []).some(
        (axis) => axis !== null && axis.length > 1,
      );
      if (weight?.dtype === 'float32' && !hasChannels && weight.numbers().some((value) => value !== 0))
        blamed.set(node.name, node);
      continue;
    }
    if (SUMS.test(node.op)) {
      for (const value of node.inputs) {
        const blame = blamed.get(nodeOf(value));
        if (blame === undefined || graph.producer(value).op === 'Const') continue;
        for (const axis of coupling.labels.get(value) ?? [])
          axis?.forEach((unit) => found.set(coupling.units.find(unit), blame));
      }
    }
    const blame = blameOf(node, (value) => blamed.get(nodeOf(value)));
    if (blame !== undefined) blamed.set(node.name, blame);
  }
  return found;
}

/** The node by which the output is not zero where its weights are. */
function blameOf(node: Node, of: (value: ValueId) => Node | undefined): Node | undefined {
  const { op, inputs } = node;
  const fused = node.attrs['fused_ops'];
  if (WEIGHED.test(op)) {
    const isSigmoid = fused?.kind === 'strings' && fused.value.includes('Sigmoid');
    return isSigmoid ? node : undefined;
  }
  const blames = inputs.map(of);
  if (PRODUCTS.has(op)) return blames.every((blame) => blame !== undefined) ? blames[0] : undefined;
  if (BY_FIRST.has(op)) return blames[0];
  const isFunction = inputs.length === 1 && hasTrait(op, 'elementwise');
  if (isFunction && !ZERO_AT_ZERO.has(op)) return node;
  const blame = blames.find((one) => one !== undefined);
  // A constant that is added is the sum's doing.
  return blame?.op === 'Const' && hasTrait(op, 'elementwise') ? node : blame;
}
