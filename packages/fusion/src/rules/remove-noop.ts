import {
  any,
  constant,
  op,
  oneOf,
  replaceByValue,
  type GraphView,
  type Node,
  type Rule,
  type Shape,
  type ValueId,
  type Verdict,
  type Weight,
} from '@tfjs-optimize/core';
import { LINEAR_OPS } from '../linear.js';

/**
 * Ops that change nothing:
 *
 *     reshape(x, shape of x) = x     pad(x, 0) = x     tile(x, 1) = x     concat(x) = x
 *     x·1 = x/1 = x                  x − 0 = x + (−0) = x
 *
 * only where shapes are known to stay the same. x + 0 turns −0 into 0, so it is dropped for integers,
 * and for floats only where convolutions and matrix products alone read the result, whose sums cannot
 * tell the two zeros apart. x·0 is never dropped: NaN and infinities survive it.
 */
export function removeNoop(): Rule {
  return {
    name: 'remove-noop',
    identity: 'reshape(x, shape of x) = x; x·1 = x; x − 0 = x',
    pattern: oneOf(
      op('Reshape', { inputs: [any('x'), any()], where: keepsShape }),
      op(['Pad', 'PadV2', 'MirrorPad'], {
        inputs: [any('x'), constant(undefined, all(0))],
        rest: {},
      }),
      op('Tile', { inputs: [any('x'), constant(undefined, all(1))] }),
      op('BroadcastTo', { inputs: [any('x'), any()], where: keepsShape }),
      op('ConcatV2', { inputs: [any('x'), any()] }),
      op('Mul', {
        inputs: [any('x', isVariable), constant(undefined, all(1))],
        anyOrder: true,
        where: keepsType,
      }),
      op('RealDiv', { inputs: [any('x', isVariable), constant(undefined, all(1))], where: keepsType }),
      op('Sub', { inputs: [any('x', isVariable), constant(undefined, all(0))], where: keepsType }),
      op(['AddV2', 'Add', 'BiasAdd'], {
        inputs: [any('x', isVariable), constant(undefined, all(0))],
        anyOrder: true,
        where: (node, view) =>
          keepsType(node, view) === true ? mayDropZero(node, view) : keepsType(node, view),
      }),
    ),
    apply: (match) => replaceByValue(match.value('x')),
  };
}

function isVariable(value: ValueId, view: GraphView): Verdict {
  return view.weight(value) === undefined || 'is a constant';
}

function all(wanted: number): (weight: Weight) => Verdict {
  return (weight) => {
    if (weight.dtype === 'string' || weight.dtype === 'complex64') return 'is no number';
    // Object.is tells −0 from 0; zeros are looked at again by mayDropZero.
    return weight.numbers().every((value) => value === wanted) || `is not ${wanted} everywhere`;
  };
}

/** The output has the shape of the first input: all sizes known but one at most, and equal. */
function keepsShape(node: Node, view: GraphView): Verdict {
  const before = view.type(node.inputs[0] as ValueId).shape;
  const after = view.type(node.name).shape;
  return (before !== undefined && isSame(before, after)) || 'changes the shape, or may do so';
}

function isSame(a: Shape, b: Shape | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  const unknown = a.filter((size, i) => size < 0 || (b[i] as number) < 0).length;
  const rest = a.every((size, i) => size < 0 || (b[i] as number) < 0 || (size === b[i] && size > 0));
  return rest && unknown <= 1;
}

/** The variable operand already has type and shape of the result. */
function keepsType(node: Node, view: GraphView): Verdict {
  const [x, c] =
    view.weight(node.inputs[1] as ValueId) === undefined ? [...node.inputs].reverse() : node.inputs;
  const from = view.type(x as ValueId);
  const constantType = view.type(c as ValueId);
  if (constantType.shape?.length === 0) return true;
  const fits =
    from.shape !== undefined &&
    constantType.shape !== undefined &&
    constantType.shape.length <= from.shape.length &&
    constantType.shape.every((size, i, sizes) => {
      const own = from.shape?.[from.shape.length - sizes.length + i];
      return size === 1 || size === own;
    });
  return fits || 'may make its input larger';
}

function mayDropZero(node: Node, view: GraphView): Verdict {
  const zeros = node.inputs.map((value) => view.weight(value)).find((weight) => weight !== undefined);
  if (zeros?.dtype !== 'float32' || zeros.numbers().every((value) => Object.is(value, -0))) return true;
  const users = [...view.users(node.name)].map((name) => view.producer(name).op);
  const blind = !view.isOutput(node.name) && users.every((name) => LINEAR_OPS.includes(name));
  return blind || 'turns −0 into 0, which a reader may tell apart';
}
