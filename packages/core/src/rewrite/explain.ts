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

/**
 * For each node of the given ops, in topological order, the rule that came nearest to rewriting it
 * and did not. Nodes that no rule came near to are left out. Explains the graph as it stands: pass
 * the model that the rules have been applied to.
 */
export function explain(
  model: Model,
  rules: readonly Rule[],
  ops: readonly string[],
): readonly Explanation[] {
  const best = new Map<string, NearMiss>();
  for (const miss of nearMisses(model, rules)) {
    if (miss.matched.length === 0) continue;
    for (const node of subjects(miss, ops)) {
      const old = best.get(node.name);
      if (old === undefined || miss.matched.length > old.matched.length) best.set(node.name, miss);
    }
  }
  const found: Explanation[] = [];
  for (const node of model.graph) {
    const miss = best.get(node.name);
    if (miss !== undefined) found.push(explanation(node, miss));
  }
  return found;
}

/** Nodes that a near miss is about: those that fit, and the one that did not. */
function subjects({ matched, node }: NearMiss, ops: readonly string[]): readonly Node[] {
  return [...new Set([...matched, node])].filter(({ op }) => ops.includes(op));
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
