import {
  any,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  type Outcome,
  type Match,
  type Pattern,
  type Rule,
  type RuleContext,
  type Weight,
} from '@tfjs-optimize/core';
import { attr } from '@tfjs-optimize/core';

/** A number as a constant: one element, no axis that could make the result larger. */
function scalar(value: number): Pattern {
  return constant(undefined, (weight) => isScalar(weight, value) || `is not the number ${value}`);
}

function isScalar(weight: Weight, value: number): boolean {
  return weight.dtype === 'float32' && weight.shape.length === 0 && weight.numbers()[0] === value;
}

const X = any('x');
const ZERO = scalar(0);
const SIX = scalar(6);
const RELU = oneOf(op('Relu', { inputs: [X] }), op('Maximum', { inputs: [X, ZERO], anyOrder: true }));

/**
 * One clamp instead of two:
 *
 *     min(max(x, 0), 6) = relu6(x)
 *
 * in the ways in which it is written: ClipByValue(Relu(x), 0, 6) as layers make it, ClipByValue(x, 0, 6),
 * Minimum and Maximum in either order.
 */
export function clipToRelu6(): Rule {
  return {
    name: 'clip-to-relu6',
    identity: 'min(max(x, 0), 6) = relu6(x)',
    pattern: oneOf(
      op('ClipByValue', { inputs: [oneOf(RELU, X), ZERO, SIX] }),
      op('Minimum', { inputs: [RELU, SIX], anyOrder: true }),
      op('Maximum', { inputs: [op('Minimum', { inputs: [X, SIX], anyOrder: true }), ZERO], anyOrder: true }),
    ),
    apply: (match) => replaceBy('Relu6', [match.value('x')], { T: attr.type('float32') }),
  };
}

/**
 * A clamp behind a Relu that it implies:
 *
 *     clip(relu(x), low, high) = clip(x, low, high)   for low ≥ 0
 *
 * and max(x, 0) = relu(x).
 */
export function simplifyClip(): Rule {
  return {
    name: 'simplify-clip',
    identity: 'clip(relu(x), low, high) = clip(x, low, high) for low ≥ 0; max(x, 0) = relu(x)',
    pattern: oneOf(
      op('ClipByValue', { inputs: [op('Relu', { inputs: [X] }), constant('low'), constant('high')] }),
      op('Maximum', { inputs: [X, ZERO], anyOrder: true }),
    ),
    apply: simplify,
  };
}

function simplify(match: Match, _context: RuleContext): Outcome {
  if (!match.has('low')) return replaceBy('Relu', [match.value('x')], { T: attr.type('float32') });
  const low = match.weight('low').numbers()[0];
  if (low === undefined || !(low >= 0)) return decline('clips at a negative number', match.root);
  return replaceBy(
    'ClipByValue',
    [match.value('x'), match.value('low'), match.value('high')],
    match.root.attrs,
  );
}
