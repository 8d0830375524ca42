import { inputSpec, nodeOf, type Model, type Node } from '@tfjs-optimize/core';

/** Ops that put values side by side: the channels of each are there. */
const JOINS = /^(Concat|Pack)/;

/**
 * Nodes that multiply by weights last before an output of the model: each channel that comes out of them is one of that
 * output, such as the score of a class. Behind a sum with what else is computed a channel has several makers, and none of
 * them counts.
 * @param multiplies whether a node multiplies by weights.
 */
export function nodesOfOutputs(
  { graph, signature }: Model,
  multiplies: (node: string) => boolean,
): ReadonlySet<string> {
  const isComputed = (value: string): boolean => graph.get(nodeOf(value))?.op !== 'Const';
  const data = (node: Node): string[] =>
    node.inputs.filter(
      (value, i) => (inputSpec(node, i)?.role ?? 'tensor') === 'tensor' && isComputed(value),
    );
  const found = new Set<string>();
  const seen = new Set<string>();
  const pending = [...graph.outputs, ...signature.outputs.map(({ value }) => value)].map(nodeOf);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = graph.get(name);
    if (node === undefined || seen.has(name)) continue;
    seen.add(name);
    if (multiplies(name)) {
      found.add(name);
      continue;
    }
    const inputs = data(node);
    if (inputs.length === 1 || JOINS.test(node.op)) pending.push(...inputs.map(nodeOf));
  }
  return found;
}
