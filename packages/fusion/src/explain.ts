import { explain as explainRules, rewrite, type Explanation, type Model } from '@tfjs-optimize/core';
import { BATCH_NORM_OPS } from './affine.js';
import { LINEAR_OPS } from './linear.js';
import { fusingRules, simplifyingRules, type InferenceOptions } from './presets.js';
import { rulesWithoutKernel } from './without-kernel.js';

/**
 * Why convolutions, matrix products and batch norms of a model cannot be fused, or no further: the
 * rules are applied, and for each node that is left the rule that came nearest is named with the
 * reason why it did not apply, such as
 *
 *     conv2d_3 did not take batch norm bn_3: its output has another user (add_1/AddV2)
 *     conv2d_4 did not take activation tanh_4: stock TensorFlow.js has no fused kernel for a convolution
 *     with Tanh behind it
 */
export function explain(model: Model, options: InferenceOptions = {}): readonly Explanation[] {
  const rules = fusingRules(options);
  const fused = rewrite(rewrite(model, simplifyingRules(options)).model, rules).model;
  const found = new Map<string, Explanation>();
  const add = (explanation: Explanation): void => {
    if (!found.has(explanation.node)) found.set(explanation.node, explanation);
  };
  explainRules(fused, rules, { ops: LINEAR_OPS, unwanted: BATCH_NORM_OPS }).forEach(add);
  for (const rule of rulesWithoutKernel()) {
    const declined = explainRules(fused, [rule], { ops: LINEAR_OPS });
    // What reads a node is no less fused for that.
    declined.filter(({ node, root }) => node !== root).forEach(add);
  }
  return [...fused.graph].flatMap(({ name }) => found.get(name) ?? []);
}
