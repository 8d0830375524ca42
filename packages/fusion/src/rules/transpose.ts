import {
  Weight,
  any,
  attr,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  replaceByConstant,
  replaceByValue,
  type GraphView,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
  type Verdict,
} from '@tfjs-optimize/core';
import { permuted } from '../permute.js';

/**
 * Transposes of transposes, transposes that change nothing, and transposes of constants:
 *
 *     transpose(transpose(x, p), q) = transpose(x, r),   r[i] = p[q[i]]
 *     transpose(x, [0, 1, …]) = x
 *
 * A constant that something else reads as well stays as it is: a second copy would make the file
 * larger.
 */
export function mergeTransposes(): Rule {
  return {
    name: 'merge-transposes',
    identity: 'transpose(transpose(x, p), q) = transpose(x, p∘q)',
    pattern: oneOf(
      op('Transpose', {
        inputs: [op('Transpose', { inputs: [any('x'), constant('p')] }), constant('q')],
      }),
      op('Transpose', { inputs: [any('x', isOwnConstant), constant('q')] }),
      op('Transpose', { inputs: [any('x'), constant('q', isInOrder)] }),
    ),
    apply,
  };
}

function isOwnConstant(value: ValueId, view: GraphView): Verdict {
  const weight = view.weight(value);
  if (weight === undefined || weight.dtype === 'string') return 'is no constant of numbers';
  return view.users(value).size === 1 || 'is a constant that is read elsewhere, too';
}

function isInOrder(perm: Weight): Verdict {
  return perm.numbers().every((axis, i) => axis === i) || 'moves axes';
}

function apply(match: Match, context: RuleContext): Outcome {
  const q = [...match.weight('q').numbers()];
  const p = match.has('p') ? [...match.weight('p').numbers()] : q.map((_, i) => i);
  if (p.length !== q.length) return decline('permutes another number of axes', match.root);
  const order = q.map((axis) => wrap(p[wrap(axis, q.length)] as number, q.length));
  if (order.every((axis, i) => axis === i)) return replaceByValue(match.value('x'));
  const weight = context.weight(match.value('x'));
  if (weight !== undefined && !match.has('p')) return replaceByConstant(permuted(weight, order));
  const perm = context.constant(Weight.of(Int32Array.from(order), [order.length]), {
    name: `${match.root.name}/perm`,
    instead: match.value('q'),
  });
  return replaceBy('Transpose', [match.value('x'), perm], { ...match.root.attrs, Tperm: attr.type('int32') });
}

function wrap(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
