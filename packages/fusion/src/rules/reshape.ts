import {
  any,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  replaceByValue,
  getAttr,
  type GraphView,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
} from '@tfjs-optimize/core';

/** Ops that only give a value another shape. */
export const RESHAPES: readonly string[] = ['Reshape', 'Squeeze', 'ExpandDims'];

/** Size of the last axis of a value, where it is known. */
export function lastSize(value: ValueId, view: GraphView): number | undefined {
  const last = view.type(value).shape?.at(-1);
  return last === undefined || last < 0 ? undefined : last;
}

/**
 * Of two reshapes in a row the second decides, and one that takes the first back leaves neither:
 *
 *     reshape(reshape(x, s), t) = reshape(x, t)
 *     expandDims(squeeze(x, axis), axis) = x
 *
 * where the first of a Reshape may also be a Squeeze or ExpandDims.
 */
export function mergeReshapes(): Rule {
  return {
    name: 'merge-reshapes',
    identity: 'reshape(reshape(x, s), t) = reshape(x, t)',
    pattern: oneOf(
      op('Reshape', {
        inputs: [
          oneOf(op('Squeeze', { inputs: [any('x')] }), op(RESHAPES, { inputs: [any('x'), any()] })),
          any('shape'),
        ],
      }),
      op('ExpandDims', { inputs: [op('Squeeze', { as: 'squeeze', inputs: [any('x')] }), constant('axis')] }),
    ),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const x = match.value('x');
  if (match.has('shape')) return replaceBy('Reshape', [x, match.value('shape')], match.root.attrs);
  const rank = context.type(x).shape?.length;
  const squeezed = axesOf(match);
  const [axis] = match.weight('axis').numbers();
  if (rank === undefined || axis === undefined) return decline('has a number of axes that is not known');
  const same = squeezed.length === 1 && wrap(squeezed[0] as number, rank) === wrap(axis, rank);
  return same ? replaceByValue(x) : decline('puts back another axis than was taken out');
}

/** Axes that a Squeeze takes out. */
function axesOf(match: Match): readonly number[] {
  const squeeze = match.node('squeeze');
  return getAttr(squeeze, 'squeeze_dims', 'ints') ?? getAttr(squeeze, 'axis', 'ints') ?? [];
}

function wrap(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
