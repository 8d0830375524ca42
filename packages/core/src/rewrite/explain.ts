import type { Node } from '../graph/node.js';
import type { Model } from '../model.js';
import { nearMisses, type NearMiss } from './rewrite.js';
import type { Rule } from './rule.js';

/** Why a node was not taken further: the rule that came nearest, and where it stopped. */
export interface Explanation {
  /** The node that is explained. */
  readonly node: string;
  readonly op: string;
  /** Name of the rule that came nearest. */
  readonly rule: string;
  /** What that rule would have rewritten. */
  readonly root: string;
  /** The node to blame. */
  readonly blamed: string;
  readonly reason: string;
  /** All of it as one sentence. */
  readonly message: string;
}

/** Which nodes {@link explain} is about. */
export interface ExplainOptions {
  /** Ops to explain where a rule found the nodes it looks for and yet could not apply. */
  readonly ops: readonly string[];
  /** Ops, such as batch norms, that should not be left over: explained in any case. */
  readonly unwanted?: readonly string[];
}

/**
 * For each node of the given ops, in topological order, the rule that came nearest to rewriting it
 * and did not. Nodes that no rule came near to are left out, and so is a root whose reason is told of
 * the node that did not take it. Explains the graph as it stands: pass the model that the rules have
 * been applied to.
 */
export function explain(
  model: Model,
  rules: readonly Rule[],
  { ops, unwanted = [] }: ExplainOptions,
): readonly Explanation[] {
  const best = new Map<string, NearMiss>();
  for (const miss of nearMisses(model, rules)) {
    for (const node of new Set([...miss.matched, miss.node])) {
      if (!isAbout(miss, node, ops, unwanted)) continue;
      const old = best.get(node.name);
      if (old === undefined || rank(miss) > rank(old)) best.set(node.name, miss);
    }
  }
  const found: Explanation[] = [];
  for (const node of model.graph) {
    const miss = best.get(node.name);
    if (miss !== undefined) found.push(explanation(node, miss));
  }
  return found.filter((one) => !isSaidOf(one, found));
}

/** Whether the node that did not take a root says why already, so that the root need not. */
function isSaidOf({ node, root, rule, reason }: Explanation, all: readonly Explanation[]): boolean {
  if (node !== root) return false;
  return all.some(
    (one) => one.node !== root && one.root === root && one.rule === rule && one.reason === reason,
  );
}

function isAbout(miss: NearMiss, node: Node, ops: readonly string[], unwanted: readonly string[]): boolean {
  if (miss.kind === 'condition') return ops.includes(node.op) || unwanted.includes(node.op);
  return miss.root === node && unwanted.includes(node.op);
}

/** Conditions tell more than missing structure; then what fits further counts. */
function rank({ kind, matched }: NearMiss): number {
  return matched.length + (kind === 'condition' ? 1000 : 0);
}

function explanation(node: Node, { rule, root, node: blamed, reason }: NearMiss): Explanation {
  const what = rule.takes ?? rule.name;
  const head =
    node.name === root.name
      ? `${node.name} was not rewritten (${rule.name})`
      : `${node.name} did not take ${what} ${root.name}`;
  const blame = blamed.name === node.name ? reason : `${blamed.name} (${blamed.op}) ${reason}`;
  return {
    node: node.name,
    op: node.op,
    rule: rule.name,
    root: root.name,
    blamed: blamed.name,
    reason,
    message: `${head}: ${blame}`,
  };
}
