import type { Annotations } from './annotate.js';
import type { Graph } from './graph/graph.js';
import { nodeOf, type Node, type ValueId } from './graph/node.js';
import { hasTrait } from './graph/ops/table.js';

/** The most activation memory that a run holds at once. */
export interface PeakActivations {
  readonly bytes: number;
  /** The node at which that is; undefined for a graph without nodes. */
  readonly node: string | undefined;
}

/**
 * Estimates the most bytes of activations alive at once, walking the nodes in topological order: a
 * value lives from the node that makes it to the last node that reads it, inputs and outputs of the
 * graph to the end. Outputs that share memory with an input (reshapes, identities) cost nothing of
 * their own and keep that input alive. Weights and the scratch memory of kernels are not counted.
 */
export function peakActivations(
  graph: Graph,
  annotations: Annotations,
  live: ReadonlySet<string>,
): PeakActivations {
  const order = [...graph].filter((node) => live.has(node.name) && node.op !== 'Const');
  const buffers = new Buffers(graph, annotations, order);
  let held = 0;
  let peak: PeakActivations = { bytes: 0, node: undefined };
  order.forEach((node, turn) => {
    held += buffers.madeBy(node);
    if (held > peak.bytes) peak = { bytes: held, node: node.name };
    held -= buffers.freedAfter(turn);
  });
  return peak;
}

/** Memory of the outputs of nodes (all outputs of a node together), by the node that allocates it. */
class Buffers {
  private readonly bytes = new Map<string, number>();
  private readonly freed = new Map<number, number>();

  constructor(graph: Graph, annotations: Annotations, order: readonly Node[]) {
    const bytesOfValue = collectBytes(annotations);
    const owner = new Map<string, string>();
    const lastTurn = new Map<string, number>();
    const constants = new Set<string>();
    const isConstant = (name: string): boolean => graph.get(name)?.op === 'Const' || constants.has(name);
    order.forEach((node, turn) => {
      const [first] = node.inputs;
      const isView = first !== undefined && hasTrait(node.op, 'view');
      // What shows a weight in another shape takes no more memory than the weight, which is not counted.
      if (isView && isConstant(nodeOf(first))) {
        constants.add(node.name);
        return;
      }
      const shared = isView ? owner.get(nodeOf(first)) : undefined;
      owner.set(node.name, shared ?? node.name);
      if (shared === undefined) this.bytes.set(node.name, bytesOfValue.get(node.name) ?? 0);
      for (const name of [node.name, ...node.inputs.map(nodeOf)]) {
        const buffer = owner.get(name);
        if (buffer !== undefined) lastTurn.set(buffer, turn);
      }
    });
    for (const name of [...graph.inputs, ...graph.outputs.map(nodeOf)])
      lastTurn.delete(owner.get(name) ?? name);
    for (const [name, turn] of lastTurn) {
      this.freed.set(turn, (this.freed.get(turn) ?? 0) + (this.bytes.get(name) ?? 0));
    }
  }

  madeBy(node: Node): number {
    return this.bytes.get(node.name) ?? 0;
  }

  freedAfter(turn: number): number {
    return this.freed.get(turn) ?? 0;
  }
}

/** Bytes of all outputs of each node. */
function collectBytes(annotations: Annotations): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const [value] of annotations) add(bytes, nodeOf(value), annotations.bytes(value) ?? 0);
  return bytes;
}

function add(map: Map<ValueId, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount);
}
