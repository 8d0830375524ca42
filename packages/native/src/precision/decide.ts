import { valueId, type ValueId } from '@tfjs-optimize/core';
import type { TfNode } from '../saved-model/ops/graph-writer.js';
import { portsOfType, type TypedPorts } from '../saved-model/ops/ports.js';
import type { Flow } from './flow.js';
import type { Kept } from './kept.js';
import type { Halves } from './precision.js';
import { roleOf, type Role } from './roles.js';

/** Whether a node is computed in 16 bits, and why or why not. */
export interface Decision {
  readonly isHalf: boolean;
  readonly why: string;
  /** Inputs and outputs that are of 16 bits if it is. */
  readonly ports: TypedPorts | undefined;
}

/** A node that could be of 16 bits. */
interface Candidate {
  readonly node: TfNode;
  readonly role: Exclude<Role, 'exact'>;
  readonly ports: TypedPorts;
}

/**
 * Decides for each node of a graph whether it is computed in 16 bits:
 *
 * 1. Products are, unless they are kept.
 * 2. Arithmetic is that lies between nodes of 16 bits and has nothing exact before it, products excepted.
 * 3. Moves are where all that they are given is; where they are given weights alone, and where one thing that is not,
 *    they are if all that reads them is.
 *
 * Nodes in loops are not: casts of what a loop is given would be made in each turn.
 */
export function decide(flow: Flow, type: Halves['type'], kept: Kept): ReadonlyMap<string, Decision> {
  return new Decider(flow, type, kept).decide();
}

class Decider {
  private readonly candidates = new Map<string, Candidate>();
  private readonly refused = new Map<string, string>();
  private readonly half = new Map<string, string>();
  /** Moves behind what is exact, which are exact themselves in either precision. */
  private readonly behind = new Set<string>();

  constructor(
    private readonly flow: Flow,
    private readonly type: Halves['type'],
    private readonly kept: Kept,
  ) {}

  decide(): ReadonlyMap<string, Decision> {
    const { nodes } = this.flow;
    const backwards = [...nodes].reverse();
    for (const node of nodes) this.look(node);
    this.spread(nodes);
    const leading = this.leadingToProducts(backwards);
    for (const node of nodes) this.forward(node, leading);
    for (const node of backwards) this.backward(node);
    return new Map(nodes.map((node) => [node.name, this.decisionOf(node)]));
  }

  /** Whether a node can be of 16 bits at all. */
  private look(node: TfNode): void {
    const role = roleOf(node.op);
    const ports = portsOfType(node, 'float', this.type);
    const why = this.whyNot(node, role, ports);
    if (why !== undefined) this.refused.set(node.name, why);
    else this.candidates.set(node.name, { node, role, ports } as Candidate);
  }

  private whyNot(node: TfNode, role: Role | undefined, ports: TypedPorts | undefined): string | undefined {
    if (role === 'exact') return `${node.op} needs float32`;
    if (role === undefined || ports === undefined) return `${node.op} is on no list`;
    if (this.flow.isInLoop(node)) return 'in a loop';
    return this.kept.get(node.origin ?? '');
  }

  /** Refuses arithmetic and moves behind what is exact, up to the next product. */
  private spread(nodes: readonly TfNode[]): void {
    const causes = new Map<string, string>();
    const places = new Map(nodes.map(({ name }, at) => [name, at]));
    for (const node of nodes) {
      const role = roleOf(node.op);
      if (role === 'exact' && portsOfType(node, 'float', this.type) !== undefined)
        causes.set(node.name, node.name);
      const candidate = this.candidates.get(node.name);
      if (candidate === undefined || candidate.role === 'product') continue;
      const found = this.inputsOf(candidate).flatMap((value) => causes.get(this.sourceOf(value)) ?? []);
      const cause = found.sort((a, b) => (places.get(b) ?? 0) - (places.get(a) ?? 0))[0];
      if (cause === undefined || candidate.ports.outputs.length === 0) continue;
      causes.set(node.name, cause);
      this.refused.set(node.name, `behind '${cause}'`);
      if (candidate.role === 'move') this.behind.add(node.name);
      else this.candidates.delete(node.name);
    }
  }

  /** Arithmetic and moves from which a product of 16 bits can be reached through such. */
  private leadingToProducts(backwards: readonly TfNode[]): ReadonlySet<string> {
    const leading = new Set<string>();
    for (const { name } of backwards) {
      const candidate = this.candidates.get(name);
      if (candidate === undefined || this.behind.has(name)) continue;
      const users = this.usersOf(candidate);
      const isLeading = users.some((user) => leading.has(user.node.name) || user.role === 'product');
      if (isLeading) leading.add(name);
    }
    return leading;
  }

  private forward(node: TfNode, leading: ReadonlySet<string>): void {
    const candidate = this.candidates.get(node.name);
    if (candidate === undefined || this.behind.has(node.name)) return;
    const why = this.whyForward(candidate, leading);
    if (why !== undefined) this.half.set(node.name, why);
  }

  private whyForward(candidate: Candidate, leading: ReadonlySet<string>): string | undefined {
    const { node, role } = candidate;
    if (role === 'product') return 'a product';
    const inputs = this.inputsOf(candidate);
    const computed = inputs.filter((value) => !this.flow.isWeight(value));
    const isHalf = (value: ValueId): boolean => this.half.has(this.sourceOf(value));
    if (role === 'between') {
      return leading.has(node.name) && computed.some(isHalf) ? 'between products' : undefined;
    }
    if (computed.length > 0) return computed.every(isHalf) ? 'moves what is of 16 bits' : undefined;
    const isStored = inputs.some((value) => this.flow.storedHalf(value) !== undefined);
    return isStored && candidate.ports.outputs.length > 0 ? 'moves weights of 16 bits' : undefined;
  }

  /** A move whose only reading is by nodes of 16 bits: one cast before it in place of one behind it. */
  private backward(node: TfNode): void {
    const candidate = this.candidates.get(node.name);
    if (candidate?.role !== 'move' || this.half.has(node.name)) return;
    const computed = this.inputsOf(candidate).filter((value) => !this.flow.isWeight(value));
    if (computed.length > 1) return;
    const values = candidate.ports.outputs.map((i) => valueId(node.name, i));
    const uses = values.flatMap((value) => this.flow.uses(value));
    const areHalf = uses.every(({ node: user, input }) => {
      const ports = this.candidates.get(user.name)?.ports;
      return this.half.has(user.name) && ports?.inputs.includes(input) === true;
    });
    if (uses.length === 0 || !areHalf || values.some((value) => this.flow.isHandedOut(value))) return;
    this.half.set(node.name, 'read by nodes of 16 bits alone');
  }

  private decisionOf({ name }: TfNode): Decision {
    const why = this.half.get(name);
    const ports = this.candidates.get(name)?.ports;
    if (why !== undefined) return { isHalf: true, why, ports };
    return { isHalf: false, why: this.refused.get(name) ?? 'not between products', ports };
  }

  /** The values of floats that a node is given. */
  private inputsOf({ node, ports }: Candidate): ValueId[] {
    return ports.inputs.map((i) => node.inputs[i] as ValueId);
  }

  private usersOf({ node, ports }: Candidate): Candidate[] {
    const values = ports.outputs.map((i) => valueId(node.name, i));
    return values.flatMap((value) =>
      this.flow.uses(value).flatMap(({ node: user, input }) => {
        const candidate = this.candidates.get(user.name);
        return candidate?.ports.inputs.includes(input) === true ? [candidate] : [];
      }),
    );
  }

  private sourceOf(value: ValueId): string {
    return this.flow.source(value)?.name ?? '';
  }
}
