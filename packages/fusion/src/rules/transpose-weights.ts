import {
  type Weight,
  any,
  attr,
  attrIs,
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { permuted } from '../permute.js';

/**
 * A constant right operand that is read transposed is stored transposed instead:
 *
 *     a · transpose(B) = a · Bᵀ
 *
 * Exact, and in the stored encoding of B. On the wasm backend this also corrects results: there a
 * `_FusedMatMul` with a transposed operand adds its bias wrongly, and a `MatMul` with one is a slow
 * loop. A B that something else reads as well is copied for the sake of the first, not of the second.
 */
export function transposeWeights(): Rule {
  return {
    name: 'transpose-weights',
    identity: 'a · transpose(B) = a · Bᵀ',
    pattern: oneOf(
      op(['MatMul', '_FusedMatMul'], {
        as: 'product',
        inputs: [any('a'), constant('b', atLeastTwoAxes)],
        rest: { as: 'args' },
        attrs: { transpose_b: attrIs(true, false) },
      }),
      op(['BatchMatMul', 'BatchMatMulV2'], {
        as: 'product',
        inputs: [any('a'), constant('b', atLeastTwoAxes)],
        rest: { as: 'args' },
        attrs: { adj_y: attrIs(true, false) },
      }),
    ),
    apply,
  };
}

function atLeastTwoAxes(weight: Weight): true | string {
  return weight.shape.length >= 2 || 'is no matrix';
}

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.node('product');
  const b = match.value('b');
  if (node.op !== '_FusedMatMul' && context.users(b).size > 1) {
    return decline(
      'is read elsewhere, too: a transposed copy would make the file larger',
      context.producer(b),
    );
  }
  const weight = match.weight('b');
  const rank = weight.shape.length;
  const axes = weight.shape.map((_, axis) => axis);
  [axes[rank - 2], axes[rank - 1]] = [rank - 1, rank - 2];
  const turned = context.constant(permuted(weight, axes), {
    name: `${b}/transposed`,
    instead: b,
    of: { weight: b, place: (each) => permuted(each, axes) },
  });
  const flag = Object.hasOwn(node.attrs, 'adj_y') ? 'adj_y' : 'transpose_b';
  const attrs = { ...node.attrs, [flag]: attr.bool(false) };
  return replaceBy(node.op, [match.value('a'), turned, ...match.list('args')], attrs);
}
