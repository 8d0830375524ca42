import {
  OPS,
  Weight,
  constant,
  decline,
  isPure,
  op,
  oneOf,
  opRow,
  replaceByConstant,
  type DType,
  type GraphView,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
} from '@tfjs-optimize/core';
import { evaluate } from '../evaluate.js';
import { sizeOf } from '../broadcast.js';
import { reshaped } from '../permute.js';

const RESHAPES = ['Reshape', 'Squeeze', 'ExpandDims'];
/** A result of this many bytes may be stored whatever it is made of. */
const SMALL = 256;

const PURE = Object.keys(OPS).filter((name) => isPure(name) && name !== 'Identity');
const RUNNABLE = PURE.filter((name) => opRow(name)?.fold.kind === 'run');

/**
 * What constants alone decide is computed ahead:
 *
 *     f(c₁, c₂, …) = c
 *
 * by TensorFlow.js on its cpu backend; and whatever follows from shapes that are known before the
 * model runs (`Shape` of an input of fixed size, what is packed of it). Declined where the result
 * takes more room in the file than what it replaces: a Fill, a Tile, a stored uint8 kernel times its
 * scale.
 */
export function foldConstants(): Rule {
  return {
    name: 'fold-constants',
    identity: 'f(c₁, c₂, …) = c',
    pattern: oneOf(
      op(PURE, { where: isKnown, rest: {}, inputs: [] }),
      op(RUNNABLE, { where: hasInputs, inputs: [], rest: { as: 'constants', each: constant() } }),
    ),
    apply,
  };
}

function isKnown(node: Node, view: GraphView): true | string {
  const { values, shape, dtype } = view.type(node.name);
  const complete = values?.every((value) => value !== undefined) === true && shape !== undefined;
  return (complete && dtype !== undefined && dtype in STORED) || 'its value is not known';
}

function hasInputs(node: Node): true | string {
  return node.inputs.length > 0 || 'has no inputs';
}

const STORED: Readonly<
  Partial<Record<DType, (values: readonly number[]) => Float32Array | Int32Array | Uint8Array>>
> = {
  float32: (values) => Float32Array.from(values),
  int32: (values) => Int32Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.root;
  if (!match.has('constants') && isKnown(node, context) === true) return knownConstant(node, context);
  const freed = freedBytes(node, context);
  const moved = reshapedConstant(node, context);
  if (moved !== undefined && moved.bytes.byteLength <= Math.max(SMALL, freed))
    return replaceByConstant(moved);
  const estimate = context.type(node.name).shape;
  if (estimate?.every((size) => size >= 0) === true && 4 * sizeOf(estimate) > Math.max(SMALL, 4 * freed)) {
    return decline(tooLarge(4 * sizeOf(estimate), freed));
  }
  const result = evaluate(node, context);
  if (typeof result === 'string') return decline(result);
  const bytes = result.bytes.byteLength;
  if (bytes > Math.max(SMALL, freed)) return decline(tooLarge(bytes, freed));
  return replaceByConstant(result);
}

/** A constant under another shape, in its stored encoding. */
function reshapedConstant(node: Node, view: GraphView): Weight | undefined {
  if (!RESHAPES.includes(node.op)) return undefined;
  const weight = view.weight(node.inputs[0] as ValueId);
  const { shape } = view.type(node.name);
  return weight !== undefined && shape?.every((size) => size >= 0) === true
    ? reshaped(weight, shape)
    : undefined;
}

function knownConstant(node: Node, view: GraphView): Outcome {
  const { values = [], shape = [], dtype = 'float32' } = view.type(node.name);
  const store = STORED[dtype];
  if (store === undefined) return decline(`is of type ${dtype}`);
  return replaceByConstant(Weight.of(store(values as number[]), shape, dtype));
}

function tooLarge(bytes: number, freed: number): string {
  return `would be stored in ${bytes} bytes instead of ${freed}`;
}

/** Bytes of the constants that only this node reads. */
function freedBytes(node: Node, view: GraphView): number {
  let bytes = 0;
  for (const value of new Set(node.inputs)) {
    if (view.users(value).size === 1 && !view.isOutput(value))
      bytes += view.weight(value)?.bytes.byteLength ?? 0;
  }
  return bytes;
}
