import { OP_PREFIX, type RuntimeOp } from '@tfjs-optimize/runtime/format';
import { isDynamic } from '../constants.js';
import { PLANNERS } from '../planners/index.js';
import { moveOf } from './moves.js';
import { splitInput, type GraphNode, type Weights } from './nodes.js';

/** What a node of a region does: an op of the runtime, or a move of bytes. */
export interface Member {
  readonly node: GraphNode;
  /** Nodes whose values it reads as they move through the graph, in order; the others are constants. */
  readonly reads: readonly string[];
}

/** Nodes in the order of the graph that can run as one. */
export type Found = readonly Member[];

/** The short name of an op of the runtime. */
export function shortName(op: string): RuntimeOp | undefined {
  return op.startsWith(OP_PREFIX) ? (op.slice(OP_PREFIX.length) as RuntimeOp) : undefined;
}

/**
 * Regions of integer ops, each as large as can be without a path that leaves it and comes back.
 *
 * Every node has a level: how many times the longest path to it has left integer ops for others and come back. Connected
 * integer ops of one level are a region: a path that leaves them comes back on a higher level. Dynamic ops count
 * among the others; those with weights are a region each, which holds them.
 * @param nodes in an order in which every node stands behind those that it reads.
 */
export function findRegions(nodes: readonly GraphNode[], weights: Weights): Found[] {
  const members = new Map<string, Member>();
  const levels = new Map<string, number>();
  const regions = new Regions();
  const dynamic: Found[] = [];
  for (const node of nodes) {
    const member = memberOf(node, weights, members);
    const inputs = (node.input ?? []).map((input) => splitInput(input.replace(/^\^/, ''))[0]);
    let level = -1;
    for (const input of inputs) {
      const before = levels.get(input) ?? -1;
      level = Math.max(level, member && !members.has(input) ? before + 1 : before);
    }
    levels.set(node.name, level);
    const alone = dynamicMember(node, weights);
    if (alone !== undefined) dynamic.push([alone]);
    if (member === undefined) continue;
    members.set(node.name, member);
    levels.set(node.name, Math.max(level, 0));
    regions.add(node.name);
    for (const input of member.reads) {
      if (members.has(input) && levels.get(input) === levels.get(node.name)) regions.join(input, node.name);
    }
  }
  const found = regions.all().map((names) => names.map((name) => members.get(name) as Member));
  return [...found, ...dynamic];
}

/** A dynamic product by weights. */
function dynamicMember(node: GraphNode, weights: Weights): Member | undefined {
  const op = shortName(node.op);
  const inputs = (node.input ?? []).map((input) => splitInput(input));
  if (op === undefined || !isDynamic(op) || PLANNERS[op] === undefined) return undefined;
  const [first, ...constants] = inputs;
  const isWhole = inputs.every(([name, output]) => output === 0 && !name.startsWith('^'));
  if (first === undefined || !isWhole || constants.length === 0) return undefined;
  const [x] = first;
  if (weights.has(x)) return undefined;
  return constants.every(([name]) => weights.has(name)) ? { node, reads: [x] } : undefined;
}

function memberOf(
  node: GraphNode,
  weights: Weights,
  members: ReadonlyMap<string, Member>,
): Member | undefined {
  const inputs = node.input ?? [];
  if (inputs.some((input) => input.startsWith('^') || splitInput(input)[1] !== 0)) return undefined;
  const op = shortName(node.op);
  const gives = (name: string): 'bytes' | 'floats' | undefined => {
    const member = members.get(name);
    if (member === undefined) return undefined;
    return shortName(member.node.op) === 'Dequantize' ? 'floats' : 'bytes';
  };
  if (op === undefined) {
    const move = moveOf(node, weights);
    return move?.reads.every((name) => gives(name) === 'bytes') ? { node, reads: move.reads } : undefined;
  }
  if (PLANNERS[op] === undefined || isDynamic(op)) return undefined;
  const reads = inputs
    .filter((input) => !weights.has(splitInput(input)[0]))
    .map((input) => splitInput(input)[0]);
  const wrong = op === 'Quantize' ? 'bytes' : 'floats';
  return reads.every((name) => gives(name) !== wrong) ? { node, reads } : undefined;
}

/** Sets of nodes that grow together. */
class Regions {
  private readonly parents = new Map<string, string>();

  add(name: string): void {
    this.parents.set(name, name);
  }

  join(a: string, b: string): void {
    this.parents.set(this.root(b), this.root(a));
  }

  /** Every set, its nodes in the order in which they were added. */
  all(): string[][] {
    const sets = new Map<string, string[]>();
    for (const name of this.parents.keys()) {
      const root = this.root(name);
      const found = sets.get(root);
      if (found === undefined) sets.set(root, [name]);
      else found.push(name);
    }
    return [...sets.values()];
  }

  private root(name: string): string {
    let at = name;
    for (let up = this.parents.get(at) as string; up !== at; up = this.parents.get(at) as string) at = up;
    this.parents.set(name, at);
    return at;
  }
}
