import { fail, isPlumbing, layerNames, nearest, type Model } from '@tfjs-optimize/core';

/** Names by which options may speak of a model: of its layers, those that left no node included, its nodes and weights. */
function knownNames(model: Model): Set<string> {
  const layerOf = layerNames(model);
  const known = new Set(model.source.layers);
  for (const node of model.graph) {
    known.add(node.name);
    if (!isPlumbing(node)) known.add(layerOf(node.name));
  }
  return known;
}

/**
 * Refuses names that a model does not have.
 * @param subjectOf what a name is given for.
 * @param others names that are known beside those of the model.
 * @throws `pruning/layer` with the nearest name.
 */
export function checkNames(
  model: Model,
  names: readonly string[],
  subjectOf: (name: string) => string,
  others: readonly string[] = [],
): void {
  if (names.length === 0) return;
  const known = knownNames(model);
  for (const name of others) known.add(name);
  for (const name of names) {
    if (known.has(name)) continue;
    const near = nearest(name, known);
    const lost =
      model.source.layers === undefined
        ? '; layers that compute nothing, as flatten, have no node there'
        : '';
    fail('pruning/layer', {
      subject: subjectOf(name),
      expected: 'the name of a layer, node or weight of the model',
      got: 'a name that none has',
      advice: near === undefined ? `summary() lists them${lost}` : `Did you mean '${near}'?`,
    });
  }
}
