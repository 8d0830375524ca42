import { Graph } from '../graph/graph.js';
import { weightNamesInFunctions } from '../graph/json.js';
import { nodeOf, splitValue, type Node, type ValueId } from '../graph/node.js';
import { fail } from '../errors.js';
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

  /** Makes every reader of one value read another. */
  redirect(from: string, to: ValueId): string[] {
    const readers = [...this.users(from)];
    for (const name of readers) {
      const node = this.producer(name);
      const inputs = node.inputs.map((value) => (value === from ? to : value));
      this.put({ ...node, inputs }, name);
    }
    return readers;
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
    const { graph, weights } = this.model;
    return this.model.with({
      graph: new Graph(this.inOrder(), graph.inputs, graph.outputs, graph.extras),
      weights: weights.with(this.weightChanges),
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
