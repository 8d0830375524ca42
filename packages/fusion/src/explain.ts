import { explain as explainRules, rewrite, type Explanation, type Model } from '@tfjs-optimize/core';
import { BATCH_NORM_OPS } from './affine.js';
import { LINEAR_OPS } from './linear.js';
import { fusingRules, simplifyingRules, type InferenceOptions } from './presets.js';

/**
 * Why convolutions, matrix products and batch norms of a model cannot be fused, or no further: the
 * rules are applied, and for each node that is left the rule that came nearest is named with the
 * reason why it did not apply, such as
 *
 *     conv2d_3 did not take batch norm bn_3: its output has another user (add_1/AddV2)
 */
export function explain(model: Model, options: InferenceOptions = {}): readonly Explanation[] {
  const rules = fusingRules(options);
  const fused = rewrite(rewrite(model, simplifyingRules()).model, rules).model;
  return explainRules(fused, rules, { ops: LINEAR_OPS, unwanted: BATCH_NORM_OPS });
}
