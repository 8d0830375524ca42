import { fail } from '../errors.js';
import type { JsonObject } from '../json.js';
import { nodeOf, splitValue, type Node, type ValueId } from './node.js';

/** What a graph keeps of its file that is neither a node nor a weight. */
export interface GraphExtras {
  /** The function library (`library`), as its JSON: bodies of While and If nodes. */
  readonly library?: JsonObject;
  readonly versions?: JsonObject;
}

/**
 * An immutable dataflow graph in the vocabulary of TensorFlow.js graph models. Nodes stand in
 * topological order (back edges of while loops, `NextIteration` to `Merge`, excepted). Constants
 * are `Const` nodes whose values are in the model's `Weights` under the node's name.
 */
export class Graph {
  /** Nodes by name, in topological order. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** Placeholder names, in signature order. */
  readonly inputs: readonly string[];
  /** Values handed out, in signature order. */
  readonly outputs: readonly ValueId[];
  readonly extras: GraphExtras;
  private usersOfNode: ReadonlyMap<string, readonly Node[]> | undefined;

  constructor(
    nodes: Iterable<Node>,
    inputs: readonly string[],
    outputs: readonly ValueId[],
    extras: GraphExtras = {},
  ) {
    const byName = new Map<string, Node>();
    for (const node of nodes) {
      if (byName.has(node.name)) {
        fail('graph/duplicate', {
          subject: `node '${node.name}'`,
          expected: 'a name used once',
          got: 'two nodes',
        });
      }
      byName.set(node.name, node);
    }
    for (const node of byName.values()) {
      for (const ref of [...node.inputs.map(nodeOf), ...node.controls]) {
        if (!byName.has(ref)) {
          fail('graph/dangling', {
            subject: `node '${node.name}' (${node.op})`,
            expected: `its input '${ref}' to be a node`,
            got: 'no node of that name',
          });
        }
      }
    }
    for (const name of [...inputs, ...outputs.map(nodeOf)]) {
      if (!byName.has(name)) {
        fail('graph/output', {
          subject: `'${name}'`,
          expected: 'a node of the graph',
          got: 'no node of that name',
        });
      }
    }
    this.nodes = new Map(topological(byName).map((node) => [node.name, node]));
    this.inputs = [...inputs];
    this.outputs = [...outputs];
    this.extras = extras;
  }

  get size(): number {
    return this.nodes.size;
  }

  has(name: string): boolean {
    return this.nodes.has(name);
  }

  /** The node of that name, or undefined. */
  get(name: string): Node | undefined {
    return this.nodes.get(name);
  }

  /** The node of that name; a missing one is an error. */
  need(name: string): Node {
    return (
      this.nodes.get(name) ??
      fail('graph/dangling', { subject: `node '${name}'`, expected: 'to exist', got: 'no node of that name' })
    );
  }

  /** The node that makes a value. */
  producer(value: ValueId): Node {
    return this.need(nodeOf(value));
  }

  /** Nodes that read any output of a node, or wait for it; each once, in topological order. */
  users(name: string): readonly Node[] {
    if (this.usersOfNode === undefined) {
      const map = new Map<string, Node[]>();
      for (const node of this.nodes.values()) {
        for (const ref of new Set([...node.inputs.map(nodeOf), ...node.controls])) {
          const list = map.get(ref);
          if (list === undefined) map.set(ref, [node]);
          else list.push(node);
        }
      }
      this.usersOfNode = map;
    }
    return this.usersOfNode.get(name) ?? [];
  }

  /** Whether any output of a node is an output of the graph. */
  isOutput(name: string): boolean {
    return this.outputs.some((value) => nodeOf(value) === name);
  }

  [Symbol.iterator](): Iterator<Node> {
    return this.nodes.values();
  }
}

/** Kahn's algorithm, stable: of the nodes that are ready the one first in the input comes first. */
function topological(nodes: ReadonlyMap<string, Node>): Node[] {
  const pending = new Map<string, number>();
  const users = new Map<string, string[]>();
  const rank = new Map<string, number>();
  let next = 0;
  for (const node of nodes.values()) {
    rank.set(node.name, next++);
    const deps = new Set([...node.inputs.map(nodeOf), ...node.controls]);
    let count = 0;
    for (const dep of deps) {
      if (isBackEdge(nodes.get(dep), node)) continue;
      count++;
      const list = users.get(dep);
      if (list === undefined) users.set(dep, [node.name]);
      else list.push(node.name);
    }
    pending.set(node.name, count);
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
  if (order.length < nodes.size) {
    const stuck = [...pending].filter(([, count]) => count > 0).map(([name]) => name);
    fail('graph/cycle', {
      subject: 'graph',
      expected: 'nodes without circular inputs',
      got: `a cycle among ${stuck.slice(0, 5).join(', ')}${stuck.length > 5 ? ', …' : ''}`,
    });
  }
  return order;
}

function isBackEdge(from: Node | undefined, to: Node): boolean {
  return from?.op === 'NextIteration' && to.op === 'Merge';
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

/** A graph with some nodes replaced, added or (undefined) removed; names of outputs stay. */
export function editGraph(graph: Graph, changes: ReadonlyMap<string, Node | undefined>): Graph {
  if (changes.size === 0) return graph;
  const nodes = new Map(graph.nodes);
  for (const [name, node] of changes) {
    if (node === undefined) nodes.delete(name);
    else nodes.set(name, node);
  }
  return new Graph(nodes.values(), graph.inputs, graph.outputs, graph.extras);
}

/** Output index of a value whose node is known. */
export function outputIndex(value: ValueId): number {
  return splitValue(value)[1];
}
