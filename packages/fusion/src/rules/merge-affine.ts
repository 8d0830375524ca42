import {
  Weight,
  any,
  attr,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  type Match,
  type Node,
  type Outcome,
  type Pattern,
  type Rule,
  type RuleContext,
  type ValueId,
} from '@tfjs-optimize/core';
import { broadcastShape, broadcastTo, fitsFloat32 } from '../broadcast.js';

const FLOAT = constant(undefined, (weight) => weight.dtype === 'float32' || 'is not float32');

function times(as: string, x: Pattern): Pattern {
  return oneOf(
    op('Mul', { as, inputs: [x, FLOAT], anyOrder: true }),
    op('RealDiv', { as, inputs: [x, FLOAT] }),
  );
}

function plus(as: string, x: Pattern): Pattern {
  return oneOf(
    op(['AddV2', 'Add'], { as, inputs: [x, FLOAT], anyOrder: true }),
    op(['Sub', 'BiasAdd'], { as, inputs: [x, FLOAT] }),
  );
}

const X = any('x', (value, view) => view.weight(value) === undefined || 'is a constant');

/**
 * Leftover chains of additions and multiplications by constants become shorter:
 *
 *     (x·a)·c         = x·(a·c)
 *     (x + b) + d     = x + (b + d)
 *     (x·a + b)·c     = x·(a·c) + b·c
 *     ((x + b)·c) + d = x·c + (b·c + d)
 *
 * a, b, c and d are constants of any shapes. Declined where a merged constant would be infinite, or
 * larger, in elements or in the file, than those it is made of.
 */
export function mergeAffine(): Rule {
  return {
    name: 'merge-affine',
    identity: '(x·a + b)·c = x·(a·c) + b·c',
    pattern: oneOf(
      times('outer', times('first', X)),
      plus('outer', plus('first', X)),
      times('outer', plus('second', times('first', X))),
      plus('outer', times('second', plus('first', X))),
    ),
    apply,
  };
}

/** A constant of a broadcast shape, in double precision. */
interface Operand {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
  /** Bytes that the constants behind it take in the file. */
  readonly stored: number;
}

/** A merged constant of this many elements may be larger in the file than what it is made of. */
const SMALL = 64;

function apply(match: Match, context: RuleContext): Outcome {
  const x = match.value('x');
  const outer = match.node('outer');
  const first = match.node('first');
  if (!match.has('second')) {
    const merged = combine(
      isProduct(outer) ? product : sum,
      operand(first, context),
      operand(outer, context),
    );
    if (merged === undefined) return decline('its constants do not merge into one that is no larger', first);
    return finish(isProduct(outer) ? 'Mul' : 'AddV2', x, merged, outer, context);
  }
  const second = match.node('second');
  return isProduct(outer)
    ? distribute(
        x,
        operand(first, context),
        operand(second, context),
        operand(outer, context),
        second,
        context,
      )
    : gather(x, operand(first, context), operand(second, context), operand(outer, context), second, context);
}

/** (x·a + b)·c = x·(a·c) + b·c */
function distribute(
  x: ValueId,
  a: Operand,
  b: Operand,
  c: Operand,
  second: Node,
  context: RuleContext,
): Outcome {
  const scale = combine(product, a, c);
  const shift = combine(product, b, c);
  return scaleAndShift(x, scale, shift, second, context);
}

/** ((x + b)·c) + d = x·c + (b·c + d) */
function gather(x: ValueId, b: Operand, c: Operand, d: Operand, second: Node, context: RuleContext): Outcome {
  const inner = combine(product, b, c);
  return scaleAndShift(x, c, inner && combine(sum, inner, d), second, context);
}

function scaleAndShift(
  x: ValueId,
  scale: Operand | undefined,
  shift: Operand | undefined,
  second: Node,
  context: RuleContext,
): Outcome {
  if (scale === undefined || shift === undefined) {
    return decline('its constants do not merge into ones that are no larger', second);
  }
  const scaled = context.make(
    'Mul',
    [x, store(scale, `${second.name}/scale`, context)],
    FLOAT_TYPE,
    second.name,
  );
  return finish('AddV2', scaled, shift, second, context);
}

function finish(opName: string, x: ValueId, merged: Operand, near: Node, context: RuleContext): Outcome {
  return replaceBy(opName, [x, store(merged, `${near.name}/constant`, context)], FLOAT_TYPE);
}

const FLOAT_TYPE = { T: attr.type('float32') };

function store({ values, shape }: Operand, name: string, context: RuleContext): ValueId {
  return context.constant(Weight.of(Float32Array.from(values), shape), { name });
}

function isProduct({ op: name }: Node): boolean {
  return name === 'Mul' || name === 'RealDiv';
}

/** The constant operand of a node, inverted for a division and negated for a subtraction. */
function operand(node: Node, context: RuleContext): Operand {
  const weights = node.inputs.map((value) => context.weight(value));
  const weight = (weights[1] ?? weights[0]) as Weight;
  const { shape } = weight;
  const values = Float64Array.from(weight.numbers());
  const stored = weight.storedBytes;
  if (node.op === 'RealDiv') return { values: values.map((value) => 1 / value), shape, stored };
  if (node.op === 'Sub') return { values: values.map((value) => -value), shape, stored };
  return { values, shape, stored };
}

const product = (a: number, b: number): number => a * b;
const sum = (a: number, b: number): number => a + b;

function combine(f: (a: number, b: number) => number, a: Operand, b: Operand): Operand | undefined {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined) return undefined;
  const [left, right] = [broadcastTo(a.values, a.shape, shape), broadcastTo(b.values, b.shape, shape)];
  if (left.length > Math.max(a.values.length, b.values.length)) return undefined;
  const stored = a.stored + b.stored;
  if (left.length > SMALL && 4 * left.length > stored) return undefined;
  const values = left.map((value, i) => f(value, right[i] as number));
  return fitsFloat32(values) ? { values, shape, stored } : undefined;
}
