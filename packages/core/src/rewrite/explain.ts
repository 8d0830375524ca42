import type { Node } from '../graph/node.js';
import type { Model } from '../model.js';
import type { Original } from './match.js';
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
  /** What was not taken; the node itself where nothing else would have taken it. */
  readonly taken: string;
  /** The node to blame. */
  readonly blamed: string;
  readonly reason: string;
  /** All of it as one sentence. */
  readonly message: string;
  /** What the sentence shares with those about other nodes: "did not take batch norm: its output has another user". */
  readonly group: string;
}

/** Which nodes {@link explain} is about, and what they are called. */
export interface ExplainOptions {
  /** Ops to explain where a rule found the nodes it looks for and yet could not apply. */
  readonly ops: readonly string[];
  /** The node of the user's graph that a node stands for; the node itself unless told. */
  readonly original?: Original;
}

/**
 * For each node of the given ops, in topological order, the rule that came nearest to rewriting it
 * and did not. Nodes that no rule came near to are left out, and so is what was not taken where the
 * node that did not take it says why. Explains the graph as it stands: pass the model that the rules have
 * been applied to.
 */
export function explain(
  model: Model,
  rules: readonly Rule[],
  { ops, original = (node) => node }: ExplainOptions,
): readonly Explanation[] {
  const best = new Map<string, NearMiss>();
  for (const miss of nearMisses(model, rules, original)) {
    if (miss.kind !== 'condition') continue;
    for (const node of new Set([...miss.matched, miss.node])) {
      const old = best.get(node.name);
      if (ops.includes(node.op) && (old === undefined || miss.matched.length > old.matched.length)) {
        best.set(node.name, miss);
      }
    }
  }
  return [...model.graph].flatMap((node) => {
    const miss = best.get(node.name);
    return miss === undefined || isSaidByTaker(miss, node, best) ? [] : explanation(node, miss, original);
  });
}

/** The node that would have taken another, and that other. */
function roles({ rule, root, matched }: NearMiss): { readonly taker: Node; readonly taken: Node } {
  const last = matched.at(-1) ?? root;
  return rule.taker === 'root' ? { taker: root, taken: last } : { taker: last, taken: root };
}

/** Whether the node that did not take this one says why already. */
function isSaidByTaker(miss: NearMiss, node: Node, best: ReadonlyMap<string, NearMiss>): boolean {
  const { taker, taken } = roles(miss);
  if (taker === node || taken !== node) return false;
  const said = best.get(taker.name);
  return (
    said !== undefined && said.rule === miss.rule && said.root === miss.root && said.reason === miss.reason
  );
}

function explanation(node: Node, miss: NearMiss, original: Original): Explanation {
  const { rule, root, node: blamed, reason } = miss;
  const { head, verb } = headOf(node, miss, original);
  const { name, op } = original(node);
  return {
    node: name,
    op,
    rule: rule.name,
    root: original(root).name,
    taken: original(roles(miss).taken).name,
    blamed: original(blamed).name,
    reason,
    message: `${name} ${head}: ${blamed.name === node.name ? reason : about(original(blamed), reason)}`,
    group: `${verb}: ${miss.group ?? reason}`,
  };
}

/** What did not happen to a node: with the name of the other, and without. */
function headOf(node: Node, miss: NearMiss, original: Original): { head: string; verb: string } {
  const { rule } = miss;
  const { taker, taken } = roles(miss);
  if (taker === taken || (node === taken && node !== taker && rule.takes === undefined)) {
    const verb = `was not rewritten (${rule.name})`;
    return { head: verb, verb };
  }
  if (node === taken) return { head: `was not taken into ${original(taker).name}`, verb: 'was not taken' };
  const what = typeof rule.takes === 'function' ? rule.takes(taken) : (rule.takes ?? rule.name);
  return { head: `did not take ${what} ${original(taken).name}`, verb: `did not take ${what}` };
}

/** A phrase about a node as part of a sentence: `bn_3's variance is …`, `pool (MaxPool) pads …`. */
function about({ name, op }: Node, reason: string): string {
  return reason.startsWith('its ') ? `${name}'s ${reason.slice(4)}` : `${name} (${op}) ${reason}`;
}
