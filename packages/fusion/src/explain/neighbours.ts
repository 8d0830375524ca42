import type { Graph, Node } from '@tfjs-optimize/core';
import { LINEAR_OPS } from '../linear.js';

/** What stands on one side of a node. */
export interface Side {
  /** Nodes up to the linear op, the nearest first; each computes with one value. */
  readonly between: readonly Node[];
  /** The first convolution or matrix product. */
  readonly linear: Node | undefined;
}

/** What a node works on, back to the first linear op or to a node that joins several values. */
export function inFrontOf(graph: Graph, node: Node): Side {
  return walk(node, (at) => {
    const computed = computedInputs(graph, at);
    const [only] = computed;
    return computed.length === 1 || at === node ? only : undefined;
  });
}

/** What works on a node, on to the first linear op, as long as one node reads each. */
export function behind(graph: Graph, node: Node): Side {
  return walk(node, (at) => {
    const users = [...graph.users(at.name)];
    const [only] = users;
    if (only === undefined || users.length > 1) return undefined;
    return computedInputs(graph, only).length > 1 ? undefined : only;
  });
}

function walk(from: Node, next: (node: Node) => Node | undefined): Side {
  const between: Node[] = [];
  for (let node = next(from); node !== undefined; node = next(node)) {
    if (LINEAR_OPS.includes(node.op)) return { between, linear: node };
    between.push(node);
  }
  return { between, linear: undefined };
}

/** The nodes that make those inputs that are no constants. */
export function computedInputs(graph: Graph, node: Node): readonly Node[] {
  return node.inputs.map((value) => graph.producer(value)).filter(({ op }) => op !== 'Const');
}
