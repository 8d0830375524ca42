import {
  constant,
  decline,
  op,
  oneOf,
  replaceBy,
  any,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { fusedForm } from '../build.js';
import { FUSABLE_OPS, readLinear } from '../linear.js';
import { fusedOp } from './fuse-bias.js';

/** A linear op that has no bias yet, added to something. */
const SUM = op(['AddV2', 'Add'], {
  as: 'sum',
  inputs: [
    op(
      FUSABLE_OPS.filter((name) => !/fused/i.test(name)),
      { as: 'linear' },
    ),
    any('other'),
  ],
  anyOrder: true,
});

/**
 * Moves a bias through the sum in front of it, into the linear op behind that:
 *
 *     ((x ∗ W) + y) + b = fused(x, W, b) + y
 *
 * as recurrent cells have it, x·W + h·U + b. b has one number an output channel, so that x ∗ W keeps
 * its shape whatever y is broadcast to.
 */
export function biasBeforeAdd(): Rule {
  return {
    name: 'bias-before-add',
    identity: '((x ∗ W) + y) + b = fused(x, W, b) + y',
    takes: 'bias',
    pattern: oneOf(
      op('BiasAdd', { inputs: [SUM, constant('bias')] }),
      op(['AddV2', 'Add'], { inputs: [SUM, constant('bias')], anyOrder: true }),
    ),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.node('linear');
  const linear = readLinear(node, context);
  if (typeof linear === 'string') return decline(linear, node);
  const fused = fusedOp(linear);
  if (typeof fused === 'string') return decline(fused, node);
  const { dtype, shape } = match.weight('bias');
  if (dtype !== 'float32' || shape.length !== 1 || shape[0] !== linear.outputs) {
    return decline(`is followed by a bias of shape [${shape.join(',')}], not [${linear.outputs}]`, node);
  }
  const [name, inputs, attrs] = fusedForm(linear, fused.op, match.value('bias'));
  const biased = context.make(name, inputs, attrs, node.name);
  return replaceBy('AddV2', [biased, match.value('other')], match.node('sum').attrs);
}
