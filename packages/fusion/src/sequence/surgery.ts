import { Graph, nodeOf, type Model, type Node, type ValueId, type Weight } from '@tfjs-optimize/core';

/** What a pass that looks at many nodes at once changes in a model. */
export class Surgery {
  private readonly nodes: Map<string, Node>;
  private readonly weights = new Map<string, Weight>();
  private readonly moved = new Map<ValueId, ValueId>();

  constructor(private readonly model: Model) {
    this.nodes = new Map(model.graph.nodes);
  }

  /** Adds a node under a name that is free, near the one wished for; returns the name. */
  add(node: Node): string {
    let { name } = node;
    for (let i = 1; this.nodes.has(name); i++) name = `${node.name}_${i}`;
    this.nodes.set(name, { ...node, name });
    return name;
  }

  /** Adds a constant node with its weight. */
  addConstant(node: Node, weight: Weight): string {
    const name = this.add(node);
    this.weights.set(name, weight);
    return name;
  }

  /** Lets everything that reads one value read another instead. */
  redirect(from: ValueId, to: ValueId): void {
    this.moved.set(from, to);
  }

  /** The model with all changes, without the nodes and weights that they left without a use. */
  finish(): Model {
    const { graph, weights, signature } = this.model;
    const nodes = new Map<string, Node>();
    for (const node of this.nodes.values()) nodes.set(node.name, this.rewired(node));
    const usedBefore = usedBy(graph.nodes, graph);
    const usedNow = usedBy(nodes, graph);
    const dropped = [...nodes.keys()].filter((name) => usedBefore.has(name) && !usedNow.has(name));
    const changes = new Map<string, Weight | undefined>(this.weights);
    for (const name of dropped) {
      nodes.delete(name);
      if (weights.has(name)) changes.set(name, undefined);
    }
    return this.model.with({
      graph: new Graph(nodes.values(), graph.inputs, graph.outputs, graph.extras),
      weights: weights.with(changes),
      signature,
    });
  }

  private rewired(node: Node): Node {
    if (!node.inputs.some((value) => this.moved.has(value))) return node;
    return { ...node, inputs: node.inputs.map((value) => this.target(value)) };
  }

  private target(value: ValueId): ValueId {
    const next = this.moved.get(value);
    return next === undefined ? value : this.target(next);
  }
}

/** Names of the nodes that the outputs of a graph depend on, placeholders included. */
function usedBy(nodes: ReadonlyMap<string, Node>, graph: Graph): ReadonlySet<string> {
  const used = new Set<string>();
  const pending = [...graph.outputs.map(nodeOf), ...graph.inputs];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    const node = nodes.get(name);
    if (node !== undefined) pending.push(...node.inputs.map(nodeOf), ...node.controls);
  }
  return used;
}
