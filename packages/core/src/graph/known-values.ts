import type { DType } from '../weights.js';
import type { Node, Shape } from './node.js';
import { isKnown, sizeOf } from './ops/dims.js';
import type { TensorType } from './ops/row.js';

/** Values of at most this many elements are followed; shapes, axes and paddings are far smaller. */
export const MAX_KNOWN_VALUES = 256;

type Values = readonly (number | undefined)[];
type Combine = (...args: readonly number[]) => number;

const fold =
  (combine: (a: number, b: number) => number): Combine =>
  (...args) =>
    args.reduce(combine);

/** Arithmetic with which graphs compute sizes. */
const ELEMENTWISE: Readonly<Record<string, Combine>> = {
  Add: fold((a, b) => a + b),
  AddV2: fold((a, b) => a + b),
  Sub: fold((a, b) => a - b),
  Mul: fold((a, b) => a * b),
  FloorDiv: fold((a, b) => Math.floor(a / b)),
  Maximum: fold(Math.max),
  Minimum: fold(Math.min),
  FloorMod: fold((a, b) => a - b * Math.floor(a / b)),
  Neg: (a = Number.NaN) => -a,
  Ceil: (a = Number.NaN) => Math.ceil(a),
  Floor: (a = Number.NaN) => Math.floor(a),
  Equal: fold((a, b) => Number(a === b)),
  NotEqual: fold((a, b) => Number(a !== b)),
  Less: fold((a, b) => Number(a < b)),
  LessEqual: fold((a, b) => Number(a <= b)),
  Greater: fold((a, b) => Number(a > b)),
  GreaterEqual: fold((a, b) => Number(a >= b)),
  Select: (condition, a = Number.NaN, b = Number.NaN) => (condition === 0 ? b : a),
  SelectV2: (condition, a = Number.NaN, b = Number.NaN) => (condition === 0 ? b : a),
};

/** Reductions of a vector to a scalar. */
const REDUCTIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  Prod: (a, b) => a * b,
  Sum: (a, b) => a + b,
  Max: Math.max,
  Min: Math.min,
};

/**
 * Elements of the output of small integer arithmetic on known elements, such as `height * 2`;
 * undefined where they do not follow.
 */
export function knownValues(
  node: Node,
  inputs: readonly TensorType[],
  output: TensorType,
): Values | undefined {
  const { shape, dtype } = output;
  if (shape === undefined || !isKnown(shape) || shape.length > 1 || sizeOf(shape) > MAX_KNOWN_VALUES) {
    return undefined;
  }
  const round = rounding(dtype);
  if (round === undefined) return undefined;
  if (Object.hasOwn(ELEMENTWISE, node.op)) {
    return elementwise(ELEMENTWISE[node.op] as Combine, inputs, shape, round);
  }
  if (Object.hasOwn(REDUCTIONS, node.op)) {
    return reduced(REDUCTIONS[node.op] as (a: number, b: number) => number, inputs, round);
  }
  if (node.op === 'RealDiv' || node.op === 'Div') {
    // TensorFlow.js divides integers with floorDiv.
    const divide = dtype === 'int32' ? fold((a, b) => Math.floor(a / b)) : fold((a, b) => a / b);
    return elementwise(divide, inputs, shape, round);
  }
  if (node.op === 'Fill') return new Array<number | undefined>(sizeOf(shape)).fill(inputs[1]?.values?.[0]);
  if (node.op === 'ZerosLike') return new Array<number>(sizeOf(shape)).fill(0);
  if (node.op === 'OnesLike') return new Array<number>(sizeOf(shape)).fill(1);
  return undefined;
}

/** How a type stores a number; undefined for types whose elements are not followed. */
function rounding(dtype: DType | undefined): ((value: number) => number) | undefined {
  if (dtype === 'int32') return (value) => value | 0;
  if (dtype === 'bool') return (value) => value;
  return dtype === 'float32' ? Math.fround : undefined;
}

function elementwise(
  combine: Combine,
  inputs: readonly TensorType[],
  shape: Shape,
  round: (value: number) => number,
): Values | undefined {
  if (inputs.some((input) => input.values === undefined || (input.shape?.length ?? 2) > 1)) return undefined;
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const args = inputs.map(({ values }) => (values?.length === 1 ? values[0] : values?.[i]));
    return args.includes(undefined) ? undefined : round(combine(...(args as number[])));
  });
}

function reduced(
  combine: (a: number, b: number) => number,
  inputs: readonly TensorType[],
  round: (value: number) => number,
): Values | undefined {
  const { values, shape } = inputs[0] ?? {};
  if (values === undefined || values.length === 0 || shape?.length !== 1 || values.includes(undefined))
    return undefined;
  return inputs[1]?.values?.length === 1 ? [round((values as number[]).reduce(combine))] : undefined;
}
