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
  type Origin,
  type Outcome,
  type Rule,
  type RuleContext,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import { evaluate } from '../evaluate.js';
import { sizeOf } from '../broadcast.js';
import type { WeightOptions } from '../kernel.js';
import { permuted, reshaped } from '../permute.js';
import { RESHAPES } from './reshape.js';

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
 * takes more room in the file than what it replaces: a Fill, a Tile. A uint8 kernel times its scale is
 * left to be computed when the model runs, unless `quantizedWeights: 'expand'` allows for float32.
 */
export function foldConstants(options: WeightOptions = {}): Rule {
  return {
    name: 'fold-constants',
    identity: 'f(c₁, c₂, …) = c',
    pattern: oneOf(
      op(PURE, { where: isKnown, rest: {}, inputs: [] }),
      op(RUNNABLE, { where: hasInputs, inputs: [], rest: { as: 'constants', each: constant() } }),
    ),
    apply: (match, context) => fold(match, context, options),
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

function fold(match: Match, context: RuleContext, options: WeightOptions): Outcome {
  const node = match.root;
  if (!match.has('constants') && isKnown(node, context) === true) return knownConstant(node, context);
  const room = Math.max(SMALL, freedBytes(node, context, options));
  const moved = reshapedConstant(node, context);
  if (moved !== undefined && moved.storedBytes <= room) {
    return replaceByConstant(moved, originsOf(node, moved.shape, context));
  }
  const estimate = leastBytes(node, context);
  if (estimate > room) return tooLarge(node, estimate, context);
  const result = evaluate(node, context);
  if (typeof result === 'string') return decline(result);
  const bytes = result.storedBytes;
  return bytes > room
    ? tooLarge(node, bytes, context)
    : replaceByConstant(result, originsOf(node, result.shape, context));
}

/** Ops that leave a zero of each of these inputs zero, in its place. */
const SCALING: Readonly<Record<string, readonly number[]>> = {
  Mul: [0, 1],
  RealDiv: [0],
  Neg: [0],
  Cast: [0],
};

/** Constants whose elements those of the result are. */
function originsOf({ op, inputs }: Node, shape: Shape, context: RuleContext): Origin[] {
  const [weight, perm] = inputs as [ValueId, ValueId];
  if (RESHAPES.includes(op)) return [{ weight, place: (each) => reshaped(each, shape) }];
  if (op === 'Transpose') {
    const axes = Array.from(context.weight(perm)?.numbers() ?? []);
    return [{ weight, place: (each) => permuted(each, axes) }];
  }
  return (SCALING[op] ?? []).flatMap((place) => {
    const one = inputs[place] as ValueId;
    return context.weight(one)?.shape.join() === shape.join() ? [{ weight: one }] : [];
  });
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

function knownConstant(node: Node, context: RuleContext): Outcome {
  const { values = [], shape = [], dtype = 'float32' } = context.type(node.name);
  const store = STORED[dtype];
  if (store === undefined) return decline(`is of type ${dtype}`);
  const weight = Weight.of(store(values as number[]), shape, dtype);
  return replaceByConstant(weight, originsOf(node, shape, context));
}

/** Bytes that the result takes at least, as far as its shape and type are known. */
function leastBytes(node: Node, view: GraphView): number {
  const { shape, dtype } = view.type(node.name);
  if (shape === undefined || dtype === undefined || dtype === 'string') return 0;
  if (shape.some((size) => size < 0)) return 0;
  return (dtype === 'bool' ? 1 : 4) * sizeOf(shape);
}

function tooLarge(node: Node, bytes: number, view: GraphView): Outcome {
  const sizes = `would be stored in ${bytes} bytes instead of ${freedBytes(node, view, {})}`;
  if (!node.inputs.some((value) => isStored(view.weight(value)))) {
    return decline(sizes, node, 'would take more room in the file than what it is made of');
  }
  const way =
    "is computed in each run, which keeps the file small (quantizedWeights: 'expand' computes it ahead)";
  return decline(`${way}: ahead it ${sizes}`, node, way);
}

/** Bytes of the constants that only this node reads; those in few bits count as float32 where they may grow. */
function freedBytes(node: Node, view: GraphView, { quantizedWeights }: WeightOptions): number {
  let bytes = 0;
  for (const value of new Set(node.inputs)) {
    const weight = view.weight(value);
    if (weight === undefined || view.users(value).size > 1 || view.isOutput(value)) continue;
    bytes += quantizedWeights === 'expand' && isStored(weight) ? 4 * weight.size : weight.storedBytes;
  }
  return bytes;
}

/** Whether a weight is kept in fewer bits than its type has. */
function isStored(weight: Weight | undefined): boolean {
  return weight !== undefined && weight.encoding.kind !== 'plain';
}
