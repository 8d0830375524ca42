import { Graph } from '../graph/graph.js';
import { inferNode, weightType } from '../graph/infer.js';
import { weightNamesInFunctions } from '../graph/json.js';
import { nodeOf, splitValue, valueId, type Node, type ValueId } from '../graph/node.js';
import type { TensorType } from '../graph/ops/row.js';
import { UNKNOWN } from '../graph/ops/view.js';
import { fail } from '../errors.js';
import type { WeightMove } from '../facts.js';
import type { Model } from '../model.js';
import type { Weight } from '../weights.js';
import type { GraphView } from './view.js';

interface Placed {
  readonly node: Node;
  /** Nodes are written in the order of `at`, then of `after`. */
  readonly at: number;
  readonly after: number;
}

/**
 * A model being rewritten: many edits on one mutable graph, one immutable model at the end. Keeps
 * users, outputs and weights in step with the nodes.
 */
export class Draft implements GraphView {
  private readonly nodes = new Map<string, Placed>();
  private readonly usersOf = new Map<string, Set<string>>();
  private readonly outputs: ReadonlySet<string>;
  private readonly inputs: ReadonlySet<string>;
  /** Weights that function bodies read by name: never dropped, never changed. */
  private readonly foreign: ReadonlySet<string>;
  private readonly weightChanges = new Map<string, Weight | undefined>();
  private readonly moves: WeightMove[] = [];
  /** What is known of the outputs of a node, as long as it is this very node. */
  private readonly types = new Map<
    string,
    { readonly node: Node; readonly outputs: readonly TensorType[] }
  >();
  private made = 0;
  private edits = 0;

  constructor(private readonly model: Model) {
    const { graph } = model;
    this.outputs = new Set(graph.outputs.map(nodeOf));
    this.inputs = new Set(graph.inputs);
    this.foreign = weightNamesInFunctions(graph, model.extras.modelInitializer);
    let at = 0;
    for (const node of graph) this.insert({ node, at: at++, after: 0 });
  }

  get changed(): boolean {
    return this.edits > 0;
  }

  /** Names of all nodes, first to last. */
  names(): string[] {
    return this.inOrder().map((node) => node.name);
  }

  node(name: string): Node | undefined {
    return this.nodes.get(name)?.node;
  }

  producer(value: ValueId): Node {
    return (
      this.node(nodeOf(value)) ??
      fail('internal', { subject: `value '${value}'`, expected: 'a node that makes it', got: 'none' })
    );
  }

  users(name: string): ReadonlySet<string> {
    return this.usersOf.get(name) ?? NOBODY;
  }

  isOutput(name: string): boolean {
    return this.outputs.has(name);
  }

  handsOutMore(name: string): boolean {
    return this.isOutput(name) && this.model.graph.outputs.some((value) => value.startsWith(`${name}:`));
  }

  weight(value: ValueId): Weight | undefined {
    const [name, output] = splitValue(value);
    if (output !== 0 || this.node(name)?.op !== 'Const') return undefined;
    return this.weightChanges.has(name) ? this.weightChanges.get(name) : this.model.weights.get(name);
  }

  type(value: ValueId): TensorType {
    if (this.types.size === 0) for (const { node } of this.nodes.values()) this.typesOf(node);
    const [name, output] = splitValue(value);
    const node = this.node(name);
    return (node === undefined ? undefined : this.typesOf(node)[output]) ?? UNKNOWN;
  }

  private typesOf(node: Node): readonly TensorType[] {
    const known = this.types.get(node.name);
    if (known?.node === node) return known.outputs;
    // Until its type is found a node counts as unknown, which ends the round trip of a loop.
    this.types.set(node.name, { node, outputs: [] });
    const outputs =
      node.op === 'Const'
        ? [weightType(this.weight(node.name))]
        : inferNode(
            node,
            node.inputs.map((value) => this.type(value)),
          );
    this.types.set(node.name, { node, outputs });
    return outputs;
  }

  /** Whether a new node may have that name once `freed` are gone. */
  isFree(name: string, freed: ReadonlySet<string>): boolean {
    return (!this.nodes.has(name) || freed.has(name)) && !this.holdsWeight(name);
  }

  private holdsWeight(name: string): boolean {
    if (this.foreign.has(name)) return true;
    return this.weightChanges.has(name)
      ? this.weightChanges.get(name) !== undefined
      : this.model.weights.has(name);
  }

  /** Whether function bodies read the weight of that name. */
  isForeign(name: string): boolean {
    return this.foreign.has(name);
  }

  /** Replaces the node of the same name, or adds a new one in front of `before`. */
  put(node: Node, before: string): void {
    this.edits++;
    const old = this.nodes.get(node.name);
    if (old !== undefined) this.disconnect(old.node);
    const place = old ?? this.nodes.get(before);
    const after = old?.after ?? ++this.made - Number.MAX_SAFE_INTEGER;
    this.insert({ node, at: place?.at ?? 0, after });
  }

  setWeight(name: string, weight: Weight): void {
    this.weightChanges.set(name, weight);
  }

  /** Says what became of a weight, for facts that are about weights. */
  moved(move: WeightMove): void {
    this.moves.push(move);
  }

  /** Makes every reader of a node's first output read another value. Returns the readers. */
  redirect(from: string, to: ValueId): string[] {
    return this.rewire(from, (value) => (value === from ? to : value));
  }

  /** Makes every reader of a node's outputs read the same outputs of another. Returns the readers. */
  redirectAll(from: string, to: string): string[] {
    return this.rewire(from, (value) => {
      const [name, output] = splitValue(value);
      return name === from ? valueId(to, output) : value;
    });
  }

  private rewire(from: string, change: (value: ValueId) => ValueId): string[] {
    const readers = [...this.users(from)];
    for (const name of readers) {
      const node = this.producer(name);
      this.put({ ...node, inputs: node.inputs.map(change) }, name);
    }
    return readers;
  }

  /** Removes every node that no output needs. Returns their names. */
  removeDead(): string[] {
    const needed = new Set<string>();
    const pending = [...this.outputs, ...this.inputs];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (needed.has(name)) continue;
      needed.add(name);
      pending.push(...dependencies(this.producer(name)));
    }
    const dead = [...this.nodes.keys()].filter((name) => !needed.has(name));
    for (const name of dead) {
      if (this.node(name)?.op === 'Const') this.moved({ from: name, to: undefined });
      this.remove(name);
    }
    return dead;
  }

  /** Removes a node, and then whatever only it needed. */
  remove(name: string): void {
    const placed = this.nodes.get(name);
    if (placed === undefined) return;
    this.edits++;
    this.nodes.delete(name);
    this.usersOf.delete(name);
    if (placed.node.op === 'Const' && !this.foreign.has(name)) this.weightChanges.set(name, undefined);
    this.disconnect(placed.node);
    for (const dep of dependencies(placed.node)) this.removeIfDead(dep);
  }

  /** Removes a node that nothing reads. */
  removeIfDead(name: string): void {
    if (this.users(name).size > 0 || this.outputs.has(name) || this.inputs.has(name)) return;
    this.remove(name);
  }

  /** The rewritten model; the very model given when nothing changed. */
  finish(): Model {
    if (!this.changed) return this.model;
    const { graph, facts } = this.model;
    const weights = this.model.weights.with(this.weightChanges);
    return this.model.with({
      graph: new Graph(this.inOrder(), graph.inputs, graph.outputs, graph.extras),
      weights,
      facts: facts.followed(this.moves, weights),
    });
  }

  private inOrder(): Node[] {
    const placed = [...this.nodes.values()];
    return placed.sort((a, b) => a.at - b.at || a.after - b.after).map(({ node }) => node);
  }

  private insert(placed: Placed): void {
    this.nodes.set(placed.node.name, placed);
    for (const dep of dependencies(placed.node)) {
      const users = this.usersOf.get(dep);
      if (users === undefined) this.usersOf.set(dep, new Set([placed.node.name]));
      else users.add(placed.node.name);
    }
  }

  private disconnect(node: Node): void {
    for (const dep of dependencies(node)) this.usersOf.get(dep)?.delete(node.name);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** Nodes that a node reads or waits for, each once. */
export function dependencies(node: Node): ReadonlySet<string> {
  return new Set([...node.inputs.map(nodeOf), ...node.controls]);
}
