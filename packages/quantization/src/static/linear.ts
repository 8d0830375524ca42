import { getAttr, type Graph, type Node, type Shape, type ValueId } from '@tfjs-optimize/core';
import { onlyUser, type Constants } from './constants.js';
import type { Constant, LinearUnit, RealClamp } from './units.js';

type Op = LinearUnit['op'];

const OPS: Readonly<Record<string, Op>> = {
  Conv2D: 'Conv2D',
  _FusedConv2D: 'Conv2D',
  DepthwiseConv2d: 'DepthwiseConv2D',
  DepthwiseConv2dNative: 'DepthwiseConv2D',
  FusedDepthwiseConv2dNative: 'DepthwiseConv2D',
  MatMul: 'MatMul',
  _FusedMatMul: 'MatMul',
  BatchMatMul: 'MatMul',
  BatchMatMulV2: 'MatMul',
};

/** Whether a node multiplies by a kernel in one of the ways that integer ops know. */
export function isLinearOp(op: string): boolean {
  return Object.hasOwn(OPS, op);
}

/** Activations that are clamps. */
const CLAMPS: Readonly<Record<string, RealClamp>> = {
  Relu: { min: 0 },
  Relu6: { min: 0, max: 6 },
};

/**
 * Reads a convolution or a product with a constant matrix, with the bias and the clamp behind it as far as nobody else
 * needs what is between. A phrase says why it has no integer form.
 */
export function readLinear(node: Node, graph: Graph, constants: Constants): LinearUnit | string {
  const op = OPS[node.op] as Op;
  const [x, kernelValue, ...args] = node.inputs;
  if (x === undefined || kernelValue === undefined) return 'it lacks inputs';
  if ((getAttr(node, 'data_format', 'string') ?? '').toUpperCase().startsWith('NC')) {
    return 'its channels are first';
  }
  const stored = constants.of(kernelValue);
  if (stored === undefined) return 'its kernel is not a constant';
  if (constants.of(x) !== undefined) return 'its input is a constant';
  const oriented = orient(node, op, stored);
  if (typeof oriented === 'string') return oriented;
  const { kernel, channels } = oriented;
  const fused = getAttr(node, 'fused_ops', 'strings') ?? [];
  const [first, activation] = fused;
  if (fused.length > 2 || (first !== undefined && first !== 'BiasAdd')) {
    return `its fused ops are ${fused.join(', ')}`;
  }
  if (activation !== undefined && !Object.hasOwn(CLAMPS, activation)) {
    return `what goes into its ${activation} is not known; run the pass quantization/split-activations before calibrating`;
  }
  const bias = first === undefined ? undefined : constants.of(args[0] as ValueId);
  if (first !== undefined && bias?.values.length !== channels) {
    return 'its bias is not a constant with a number for each channel';
  }
  const head: LinearUnit = {
    ...{ kind: 'linear', op, node, window: op === 'MatMul' ? undefined : node, kernel, channels, bias },
    clamp: activation === undefined ? {} : (CLAMPS[activation] as RealClamp),
    ...{ absorbed: [], inputs: [x], outputs: [node.name] },
  };
  return activation === undefined ? withTail(head, graph, constants) : head;
}

/** The kernel with its output channels last, and how many there are. */
function orient(
  node: Node,
  op: Op,
  kernel: Constant,
): { readonly kernel: Constant; readonly channels: number } | string {
  const { shape } = kernel;
  const last = shape.at(-1) ?? 1;
  if (op !== 'MatMul') {
    if (shape.length !== 4) return `its kernel has ${shape.length} axes`;
    return { kernel, channels: op === 'Conv2D' ? last : last * (shape[2] as number) };
  }
  if (shape.length !== 2) return 'its matrix has more than two axes';
  const flags = ['transpose_a', 'adj_x', 'transpose_b', 'adj_y'].map((key) => getAttr(node, key, 'bool'));
  if (flags[0] === true || flags[1] === true) return 'its input is transposed';
  const isTransposed = flags[2] === true || flags[3] === true;
  return isTransposed
    ? { kernel: flipped(kernel), channels: shape[0] as number }
    : { kernel, channels: last };
}

function flipped({ name, values, shape }: Constant): Constant {
  const [rows, columns] = shape as [number, number];
  const turned = Float32Array.from(
    { length: rows * columns },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number,
  );
  return { name: `${name}/transposed`, values: turned, shape: [columns, rows] };
}

/** Takes in the constant that is added behind it, and clamps behind that. */
function withTail(head: LinearUnit, graph: Graph, constants: Constants): LinearUnit {
  let unit = head;
  for (let name = onlyUser(graph, head.node.name); name !== undefined; name = onlyUser(graph, name)) {
    const next = graph.need(name);
    const clamp = clampOf(next, constants);
    const isClamped = unit.clamp.min !== undefined || unit.clamp.max !== undefined;
    const bias = unit.bias === undefined && !isClamped ? biasOf(next, unit, constants) : undefined;
    const merged = clamp === undefined ? bias : { clamp: within(unit.clamp, clamp) };
    if (merged === undefined) break;
    unit = { ...unit, ...merged, node: next, absorbed: [...unit.absorbed, unit.node], outputs: [next.name] };
  }
  return unit;
}

/** A clamp and another one behind it. */
function within({ min: low, max: high }: RealClamp, { min, max }: RealClamp): RealClamp {
  const clamp = (value: number): number => Math.min(Math.max(value, min ?? -Infinity), max ?? Infinity);
  return {
    ...(low === undefined && min === undefined ? {} : { min: clamp(low ?? -Infinity) }),
    ...(high === undefined && max === undefined ? {} : { max: clamp(high ?? Infinity) }),
  };
}

/** The clamp that a node is, if it is one. */
export function clampOf(node: Node, constants: Constants): RealClamp | undefined {
  if (Object.hasOwn(CLAMPS, node.op)) return CLAMPS[node.op];
  const [x, a, b] = node.inputs;
  if (node.op === 'ClipByValue') return between(constants.number(a), constants.number(b));
  if (node.op !== 'Maximum' && node.op !== 'Minimum') return undefined;
  const bound = constants.number(a) ?? constants.number(x);
  if (bound === undefined) return undefined;
  return node.op === 'Maximum' ? { min: bound } : { max: bound };
}

function between(min: number | undefined, max: number | undefined): RealClamp | undefined {
  return min === undefined || max === undefined || !(min <= max) ? undefined : { min, max };
}

const ADDS: ReadonlySet<string> = new Set(['BiasAdd', 'Add', 'AddV2']);

function biasOf(
  node: Node,
  { node: before, channels }: LinearUnit,
  constants: Constants,
): { readonly bias: Constant } | undefined {
  if (!ADDS.has(node.op)) return undefined;
  const [other] = node.inputs.filter((input) => input !== before.name);
  const added = other === undefined ? undefined : constants.of(other);
  if (added === undefined || !isAlongLast(added.shape, channels)) return undefined;
  const { values } = added;
  const all = values.length === channels ? values : new Float32Array(channels).fill(values[0] as number);
  return { bias: { name: added.name, values: all, shape: [channels] } };
}

/** Whether a shape holds one number for each of so many channels, or a single one. */
export function isAlongLast(shape: Shape, channels: number): boolean {
  const size = shape.reduce((a, b) => a * b, 1);
  return size === 1 ? shape.length <= 1 : size === channels && shape.at(-1) === channels;
}
