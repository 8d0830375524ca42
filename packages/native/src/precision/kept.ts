import { fail, layerNames, nearest, type Graph, type Model } from '@tfjs-optimize/core';

/** Nodes of a model that stay float32, each with the reason in words. */
export type Kept = ReadonlyMap<string, string>;

/**
 * The nodes that a caller names to stay float32, by their own names or by those of their layers.
 * @throws `native/layer` for a name that is neither, with the nearest.
 */
export function namedNodes(model: Model, names: readonly string[]): Kept {
  const layerOf = layerNames(model);
  const kept = new Map<string, string>();
  for (const name of names) {
    const found = [...model.graph].filter((node) => node.name === name || layerOf(node.name) === name);
    if (found.length === 0) refuse(model, name, layerOf);
    for (const node of found) kept.set(node.name, 'named in keep');
  }
  return kept;
}

function refuse(model: Model, name: string, layerOf: (node: string) => string): never {
  const known = [...model.graph].flatMap((node) => [node.name, layerOf(node.name)]);
  const near = nearest(name, known);
  return fail('native/layer', {
    subject: `keep: '${name}'`,
    expected: 'a layer or node of the model',
    got: 'none of that name',
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}

/** Whether all nodes that read a weight, also through Identity, are kept. Weights that functions read have none. */
export function isReadByKept(graph: Graph, weight: string, kept: Kept): boolean {
  if (!graph.has(weight)) return false;
  if (kept.has(weight)) return true;
  const users = graph.users(weight);
  return (
    users.length > 0 &&
    users.every(
      (user) => kept.has(user.name) || (user.op === 'Identity' && isReadByKept(graph, user.name, kept)),
    )
  );
}
