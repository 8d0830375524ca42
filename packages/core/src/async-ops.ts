import type { Graph } from './graph/graph.js';
import type { Node } from './graph/node.js';
import { hasTrait } from './graph/ops/table.js';

/**
 * The first node that TensorFlow.js' graph executor computes asynchronously, or undefined: control flow,
 * tensor lists, sizes that depend on values, and hash tables. A graph that holds one has no synchronous
 * run.
 */
export function asyncNodeOf(graph: Graph): Node | undefined {
  for (const node of graph) if (hasTrait(node.op, 'async')) return node;
  return undefined;
}
