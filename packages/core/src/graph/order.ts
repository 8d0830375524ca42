import { fail } from '../errors.js';
import { nodeOf, type Node } from './node.js';

/**
 * Nodes in topological order, by Kahn's algorithm in O(n log n). Stable: of the nodes that are ready the
 * one that was given first comes first, so that one list of nodes has one order. Back edges of while
 * loops (`NextIteration` to `Merge`) do not count.
 *
 * @throws `graph/cycle` naming the nodes of a cycle.
 */
export function topologicalOrder(nodes: ReadonlyMap<string, Node>): Node[] {
  const pending = new Map<string, number>();
  const users = new Map<string, string[]>();
  const rank = new Map<string, number>();
  for (const node of nodes.values()) {
    rank.set(node.name, rank.size);
    const before = dependencies(node, nodes);
    pending.set(node.name, before.size);
    for (const name of before) {
      const list = users.get(name);
      if (list === undefined) users.set(name, [node.name]);
      else list.push(node.name);
    }
  }
  const ready = new MinHeap((name: string) => rank.get(name) ?? 0);
  for (const [name, count] of pending) if (count === 0) ready.push(name);
  const order: Node[] = [];
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    order.push(nodes.get(name) as Node);
    for (const user of users.get(name) ?? []) {
      const left = (pending.get(user) ?? 0) - 1;
      pending.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  if (order.length < nodes.size) refuseCycle(nodes, pending);
  return order;
}

/** Names of the nodes that must come before a node. */
function dependencies(node: Node, nodes: ReadonlyMap<string, Node>): ReadonlySet<string> {
  const names = new Set([...node.inputs.map(nodeOf), ...node.controls]);
  if (node.op === 'Merge') {
    for (const name of names) if (nodes.get(name)?.op === 'NextIteration') names.delete(name);
  }
  return names;
}

/** Of the nodes that never became ready some only wait for a cycle: walking backwards finds one of its own. */
function refuseCycle(nodes: ReadonlyMap<string, Node>, pending: ReadonlyMap<string, number>): never {
  const isStuck = (name: string): boolean => (pending.get(name) ?? 0) > 0;
  const path = new Set<string>();
  let at = [...pending.keys()].find(isStuck) ?? '';
  while (!path.has(at)) {
    path.add(at);
    at = [...dependencies(nodes.get(at) as Node, nodes)].find(isStuck) ?? '';
  }
  const walked = [...path];
  const cycle = walked.slice(walked.indexOf(at)).reverse();
  const shown = cycle.length > 6 ? [...cycle.slice(0, 6), '…'] : cycle;
  return fail('graph/cycle', {
    subject: `node '${cycle[0]}'`,
    expected: 'inputs that do not depend on it',
    got: `the cycle ${[...shown, cycle[0]].join(' → ')}`,
  });
}

/** Smallest-first queue of names; keeps the sort stable in O(n log n). */
class MinHeap {
  private readonly items: string[] = [];
  constructor(private readonly key: (name: string) => number) {}

  push(name: string): void {
    const { items, key } = this;
    let at = items.push(name) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (key(items[up] as string) <= key(name)) break;
      items[at] = items[up] as string;
      at = up;
    }
    items[at] = name;
  }

  pop(): string | undefined {
    const { items, key } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && key(items[child + 1] as string) < key(items[child] as string)) child++;
      if (key(last) <= key(items[child] as string)) break;
      items[at] = items[child] as string;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
