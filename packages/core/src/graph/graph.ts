import { fail } from '../errors.js';
import type { JsonObject } from '../json.js';
import { fewOf, INSPECT } from '../text/inspect.js';
import { nodeOf, splitValue, type Node, type ValueId } from './node.js';
import { topologicalOrder } from './order.js';

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
  private outputNodes: ReadonlySet<string> | undefined;

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
    this.nodes = new Map(topologicalOrder(byName).map((node) => [node.name, node]));
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
    this.outputNodes ??= new Set(this.outputs.map(nodeOf));
    return this.outputNodes.has(name);
  }

  [Symbol.iterator](): Iterator<Node> {
    return this.nodes.values();
  }

  /** One line: how many nodes there are, of which ops most, and what goes in and out. */
  toString(): string {
    const counts = new Map<string, number>();
    for (const { op } of this.nodes.values()) counts.set(op, (counts.get(op) ?? 0) + 1);
    const ops = [...counts].sort((a, b) => b[1] - a[1]).map(([op, count]) => `${op} ×${count}`);
    return `Graph: ${this.size} nodes (${fewOf(ops)}), ${fewOf(this.inputs)} → ${fewOf(this.outputs)}`;
  }

  [INSPECT](): string {
    return this.toString();
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
