import { OP_PREFIX } from '@tfjs-optimize/runtime/format';
import type { Graph } from './graph/graph.js';
import { nodeOf, type Node } from './graph/node.js';
import type { Model } from './model.js';

/** Nodes that belong together: a layer of the original model, or a scope of a converted one. */
export interface LayerGroup {
  readonly name: string;
  /** Nodes that compute, in the order of execution. */
  readonly nodes: readonly Node[];
  /** Names of the weights that it uses first. */
  readonly weights: readonly string[];
}

/** Nodes that compute nothing: they hold or hand on a value. */
export function isPlumbing(node: Node): boolean {
  return (
    node.op === 'Const' || node.op === 'Identity' || node.op === 'NoOp' || node.op.startsWith('Placeholder')
  );
}

/**
 * Tells the layer of a node by its name. Traced layers models begin node names with the layer's name;
 * converters write paths whose last part is the op, and what stands before it is the layer. A node that several
 * were fused into has the name of the last of them, but does the work of the first: it belongs to the layer whose
 * weights it multiplies by, as before it was fused.
 */
export function layerNames({ graph, source }: Model): (node: string) => string {
  const layerOf = source.kind === 'layers-model' ? layerOfTraced : scopeOf(graph);
  return (name) => layerOf(kernelOf(graph, name) ?? name);
}

/** Ops that multiply by their second input and then do what the layers behind did; integer ops do, too. */
const FUSED: ReadonlySet<string> = new Set(['_FusedConv2D', '_FusedMatMul', 'FusedDepthwiseConv2dNative']);

/** The weight that a fused node multiplies by, where its name is a path that tells a layer. */
function kernelOf(graph: Graph, name: string): string | undefined {
  const node = graph.get(name);
  if (node === undefined || !(FUSED.has(node.op) || node.op.startsWith(OP_PREFIX))) return undefined;
  let [, kernel = ''] = node.inputs.map((input) => nodeOf(input));
  for (let at = graph.get(kernel); at?.op === 'Identity'; at = graph.get(kernel))
    kernel = nodeOf(at.inputs[0] ?? '');
  return graph.get(kernel)?.op === 'Const' && kernel.includes('/') ? kernel : undefined;
}

/**
 * Groups the nodes of a model by layer, as {@link layerNames} tells it. A weight belongs to the layer
 * that uses it first.
 */
export function groupByLayer(model: Model): LayerGroup[] {
  const { graph } = model;
  const nameOf = layerNames(model);
  const groups = new Map<string, { nodes: Node[]; weights: string[] }>();
  const groupOf = (name: string): { nodes: Node[]; weights: string[] } => {
    const found = groups.get(name) ?? { nodes: [], weights: [] };
    groups.set(name, found);
    return found;
  };
  for (const node of graph) {
    if (!isPlumbing(node)) groupOf(nameOf(node.name)).nodes.push(node);
  }
  for (const [name] of model.weights) {
    const user = graph.has(name) ? firstUser(graph, name) : undefined;
    groupOf(nameOf(user?.name ?? name)).weights.push(name);
  }
  return [...groups].map(([name, group]) => ({ name, ...group }));
}

/** The first node that computes with a value, seen through Identity nodes. */
function firstUser(graph: Graph, name: string): Node | undefined {
  for (const user of graph.users(name)) {
    if (!isPlumbing(user)) return user;
    const behind = firstUser(graph, user.name);
    if (behind !== undefined) return behind;
  }
  return undefined;
}

function layerOfTraced(name: string): string {
  return nodeOf(name).split('/')[0] as string;
}

/**
 * The path before a node's last part, without the start that all paths share. What lies below a node, as passes name
 * what they make of it, belongs where that node does.
 */
function scopeOf(graph: Graph): (name: string) => string {
  const computed = [...graph].filter((node) => !isPlumbing(node)).map((node) => node.name.split('/'));
  const shared = sharedStart(computed);
  return (name) => {
    let parts = name.split('/');
    while (parts.length > 2 && graph.has(parts.slice(0, -1).join('/'))) parts = parts.slice(0, -1);
    const inner = parts.slice(shared, -1);
    return inner.length === 0 ? (parts.at(-1) as string) : inner.join('/');
  };
}

/** How many leading parts all paths share, their last parts left out. */
function sharedStart(paths: readonly (readonly string[])[]): number {
  const nested = paths.filter((path) => path.length > 1);
  const [first] = nested;
  if (first === undefined) return 0;
  let shared = 0;
  while (
    shared < first.length - 1 &&
    nested.every((path) => path[shared] === first[shared] && shared < path.length - 1)
  ) {
    shared++;
  }
  return shared;
}
