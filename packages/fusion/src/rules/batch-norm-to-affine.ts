import {
  Weight,
  any,
  attr,
  constant,
  decline,
  op,
  replaceBy,
  type Match,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { BATCH_NORM_OPS, readAffine } from '../affine.js';
import { fitsFloat32 } from '../broadcast.js';

/**
 * A batch norm that nothing takes, as one multiplication and one addition:
 *
 *     γ·(x − mean)/√(variance + ε) + β = x·s + t,   s = γ/√(variance + ε),   t = β − mean·s
 *
 * The batch norm kernel of the wasm backend walks through its input one number at a time and takes 5 to 9
 * times as long as the two. On the cpu backend it is the other way round, by a factor of 4
 * (`npm run bench -- fusion/affine-wasm-112x112x96` and its neighbours).
 */
export function batchNormToAffine(): Rule {
  return {
    name: 'batch-norm-to-affine',
    identity: 'γ·(x − mean)/√(variance + ε) + β = x·s + t',
    pattern: op(BATCH_NORM_OPS, {
      as: 'norm',
      inputs: [any('x'), constant(), constant('beta'), constant(), constant()],
    }),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.node('norm');
  const count = match.weight('beta').size;
  const affine = readAffine(node, { count, rank: 1 }, context);
  if (typeof affine === 'string') return decline(affine, node);
  const { scale, shift } = affine;
  if (scale === undefined || shift === undefined || !fitsFloat32(scale) || !fitsFloat32(shift)) {
    return decline('its scale or shift is not finite', node);
  }
  const type = { T: attr.type('float32') };
  const store = (values: Float64Array, name: string): string =>
    context.constant(Weight.of(Float32Array.from(values), [count]), { name: `${node.name}/${name}` });
  const scaled = context.make('Mul', [match.value('x'), store(scale, 'scale')], type, `${node.name}/scaled`);
  return replaceBy('AddV2', [scaled, store(shift, 'shift')], type);
}
