import {
  constant,
  op,
  oneOf,
  type Match,
  type Pattern,
  type RuleContext,
  type Shape,
} from '@tfjs-optimize/core';

/** How far a constant may be from the number that it stands for, relative to it: two units in the last place of float32. */
const TOLERANCE = 2 ** -22;

/** A constant of one element. */
export function scalar(value: number): Pattern {
  return constant(undefined, (weight) => {
    const found = weight.dtype === 'float32' && weight.size === 1 ? weight.numbers()[0] : undefined;
    const fits = found !== undefined && Math.abs(found - value) <= TOLERANCE * Math.abs(value);
    return fits || `is not the number ${value}`;
  });
}

/** `x` times a number, written as a product or a quotient. */
export function times(x: Pattern, value: number): Pattern {
  return oneOf(
    op('Mul', { inputs: [x, scalar(value)], anyOrder: true }),
    op('RealDiv', { inputs: [x, scalar(1 / value)] }),
  );
}

/** A sum of two. */
export function plus(a: Pattern, b: Pattern): Pattern {
  return op(['AddV2', 'Add'], { inputs: [a, b], anyOrder: true });
}

/** A product of two. */
export function product(a: Pattern, b: Pattern): Pattern {
  return op('Mul', { inputs: [a, b], anyOrder: true });
}

/** `x` to the power of two. */
export function squared(x: Pattern): Pattern {
  return oneOf(
    op('Square', { inputs: [x] }),
    op('Mul', { inputs: [x, x] }),
    op('Pow', { inputs: [x, scalar(2)] }),
  );
}

/** Whether no constant of one element in a match has more axes than a value of this shape, which would grow by them. */
export function keepsRank(match: Match, shape: Shape | undefined, context: RuleContext): boolean {
  const rank = shape?.length ?? 0;
  return match.nodes.every(({ inputs }) =>
    inputs.every((value) => {
      const weight = context.weight(value);
      return weight === undefined || weight.size !== 1 || weight.shape.length <= rank;
    }),
  );
}
