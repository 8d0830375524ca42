import { any, op, oneOf, replaceBy, type Rule } from '@tfjs-optimize/core';

/** Ops that only give a value another shape. */
const RESHAPES = ['Reshape', 'Squeeze', 'ExpandDims'];

/**
 * Of two reshapes in a row the second decides:
 *
 *     reshape(reshape(x, s), t) = reshape(x, t)
 *
 * where the first may also be a Squeeze or ExpandDims.
 */
export function mergeReshapes(): Rule {
  return {
    name: 'merge-reshapes',
    identity: 'reshape(reshape(x, s), t) = reshape(x, t)',
    pattern: op('Reshape', {
      inputs: [
        oneOf(op('Squeeze', { inputs: [any('x')] }), op(RESHAPES, { inputs: [any('x'), any()] })),
        any('shape'),
      ],
    }),
    apply: (match) => replaceBy('Reshape', [match.value('x'), match.value('shape')], match.root.attrs),
  };
}
