import {
  explain as explainRules,
  rewrite,
  type Explanation,
  type Model,
  type Node,
  type Original,
  type RewriteResult,
} from '@tfjs-optimize/core';
import { LINEAR_OPS } from '../linear.js';
import { fusingRules, simplifyingRules, type InferenceOptions } from '../presets.js';
import { batchNormsLeft } from './batch-norm.js';
import { computedOperands } from './computed-operand.js';
import { rulesWithoutKernel } from './without-kernel.js';

/**
 * Why convolutions, matrix products and batch norms of a model cannot be fused, or no further: the
 * rules are applied, and for each node that is left the rule that came nearest is named with the
 * reason why it did not apply, such as
 *
 *     conv2d_3 did not take batch norm bn_3: its output has another user (add_1/AddV2)
 *     conv2d_4 did not take activation tanh_4: stock TensorFlow.js has no fused kernel for a convolution
 *     with Tanh behind it
 *     bn_5 was not folded: relu_5 (Relu) stands between it and conv2d_6
 *
 * A convolution or product gets a sentence where a batch norm, constant, activation, padding or product
 * beside it is left; a batch norm where it is left and no neighbour says why. Names are those of the
 * given model's nodes. Changes nothing.
 */
export function explain(model: Model, options: InferenceOptions = {}): readonly Explanation[] {
  const rules = fusingRules(options);
  const simplified = rewrite(model, simplifyingRules(options));
  const fused = rewrite(simplified.model, rules);
  const original = originalIn(model, fused, simplified);
  const found = new Map<string, Explanation>();
  const add = (explanation: Explanation): void => {
    if (!found.has(explanation.node)) found.set(explanation.node, explanation);
  };
  const about = { ops: LINEAR_OPS, original };
  explainRules(fused.model, rules, about).forEach(add);
  for (const rule of rulesWithoutKernel()) {
    const declined = explainRules(fused.model, [rule], about);
    // What reads a node is no less fused for that.
    declined.filter(({ node, root }) => node !== root).forEach(add);
  }
  computedOperands(fused.model, original).forEach(add);
  batchNormsLeft(fused.model, rules, original, [...found.values()]).forEach(add);
  return [...fused.model.graph].flatMap((node) => found.get(original(node).name) ?? []);
}

/**
 * By what name the user knows a node: a fused convolution has the name of the last node that it was made
 * of, but is the convolution to everybody.
 */
function originalIn({ graph }: Model, ...steps: readonly RewriteResult[]): Original {
  const partsOf = (name: string): readonly string[] =>
    steps.reduce<readonly string[]>(
      (names, { madeOf }) => names.flatMap((one) => madeOf.get(one) ?? [one]),
      [name],
    );
  return (node) => {
    const parts = partsOf(node.name).flatMap((name) => graph.get(name) ?? []);
    const isLike = (part: Node): boolean =>
      LINEAR_OPS.includes(node.op) ? LINEAR_OPS.includes(part.op) : part.op === node.op;
    return parts.find(isLike) ?? parts[0] ?? node;
  };
}
