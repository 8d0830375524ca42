import type { Shape, ValueId } from '@tfjs-optimize/core';
import type { Lowering, NodeLowering } from './lowering.js';

/**
 * The op that adds a bias: BiasAdd of TensorFlow takes a number for each channel and two or more axes, that of
 * TensorFlow.js whatever can be added.
 * @param bias index of the bias among the inputs.
 * @param shape of what it is added to, where it is known; sizes of -1 are not.
 */
export function biasAdd(node: NodeLowering, bias: number, shape: Shape | undefined): 'BiasAdd' | 'AddV2' {
  const [count = -1, ...more] = node.shape(bias) ?? [];
  const isPerChannel = count >= 0 && more.length === 0 && shape?.at(-1) === count;
  return isPerChannel && shape.length >= 2 ? 'BiasAdd' : 'AddV2';
}

/** max(x, 0) + alpha · min(x, 0), as TensorFlow has no PReLU. */
export function prelu(node: NodeLowering, x: ValueId, alpha: ValueId): readonly ValueId[] {
  const below = node.op('Minimum', [x, node.scalar(0)]);
  return node.last('AddV2', [node.op('Relu', [x]), node.op('Mul', [alpha, below])]);
}

const as =
  (op: string, ...leftOut: readonly string[]): Lowering =>
  (node) =>
    node.last(op, node.all(), node.attrs(...leftOut));

/** TensorFlow.js divides whole numbers by rounding down. */
const divide: Lowering = (node) => {
  const isWhole = node.all().every((value) => ['int32', 'bool'].includes(node.type(value) ?? ''));
  return node.last(isWhole ? 'FloorDiv' : 'RealDiv', node.all());
};

/**
 * 0.5 · x · (1 + erf(x / √2)), or with tanh as Hendrycks and Gimpel (2016) approximate it. Of what a Reshape has moved
 * it is computed before, next to the product that it comes from, where TensorFlow's optimizer fuses the two.
 */
const gelu: Lowering = (node) => {
  const moved = node.producer(node.input(0));
  if (moved?.op !== 'Reshape') return [activation(node, node.input(0), true)];
  const [before, shape] = moved.inputs as [ValueId, ValueId];
  return node.last('Reshape', [activation(node, before, false), shape]);
};

function activation(node: NodeLowering, x: ValueId, isLast: boolean): ValueId {
  const half = node.op('Mul', [x, node.scalar(0.5, 'float', 'half')], {}, 'half_x');
  const curve = (node.attr('approximate', 'bool') ?? false) ? tanhCurve(node, x) : erfCurve(node, x);
  const shifted = node.op('AddV2', [curve, node.scalar(1, 'float', 'one')], {}, 'shifted');
  return isLast ? (node.last('Mul', [half, shifted])[0] as ValueId) : node.op('Mul', [half, shifted]);
}

function erfCurve(node: NodeLowering, x: ValueId): ValueId {
  return node.op('Erf', [node.op('Mul', [x, node.scalar(Math.SQRT1_2, 'float', 'scale')], {}, 'scaled')]);
}

function tanhCurve(node: NodeLowering, x: ValueId): ValueId {
  const cube = node.op('Mul', [x, node.op('Square', [x])], {}, 'cube');
  const term = node.op('Mul', [cube, node.scalar(0.044715, 'float', 'cubic')], {}, 'term');
  const sum = node.op('AddV2', [x, term], {}, 'sum');
  return node.op('Tanh', [
    node.op('Mul', [sum, node.scalar(Math.sqrt(2 / Math.PI), 'float', 'scale')], {}, 'scaled'),
  ]);
}

export const elementwise: Readonly<Record<string, Lowering>> = {
  /** TensorFlow.js hands its input on. */
  FakeQuantWithMinMaxVars: (node) => node.last('Identity', [node.input(0)]),
  BiasAdd: (node) => node.last(biasAdd(node, 1, node.shape(0)), node.all()),
  Div: divide,
  RealDiv: divide,
  Mod: as('FloorMod'),
  Prelu: (node) => prelu(node, node.input(0), node.input(1)),
  Print: (node) => node.last('Identity', [node.input(0)]),
  Select: as('SelectV2'),
  Snapshot: as('Identity'),
  TfjsOptimizeGelu: gelu,
};
