import {
  fail,
  inferShapes,
  isPlumbing,
  layerNames,
  nearest,
  type Model,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';

/**
 * The value that a name stands for: a node, or a layer, whose last value is meant.
 * @param whose the model in messages, such as `student`.
 * @throws `distillation/value` naming near ones.
 */
export function valueNamed(model: Model, name: string, whose: string): ValueId {
  if (model.graph.has(name.replace(/:\d+$/, ''))) return name;
  const layerOf = layerNames(model);
  const nodes = [...model.graph].filter((node) => !isPlumbing(node));
  const last = nodes.filter((node) => layerOf(node.name) === name || node.name.startsWith(`${name}/`)).at(-1);
  if (last !== undefined) return last.name;
  const layers = [...new Set(nodes.map((node) => layerOf(node.name)))];
  const near = nearest(name, [...layers, ...nodes.map((node) => node.name)]);
  return fail('distillation/value', {
    subject: `${whose} '${name}'`,
    expected: `a layer or node of the ${whose}`,
    got: 'none of that name',
    advice: near === undefined ? `Its layers are ${few(layers)}` : `Did you mean '${near}'?`,
  });
}

function few(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, …`;
}

/** Shapes of values as far as they follow from the graph, -1 for unknown sizes. */
export function shapesOf(model: Model): (value: ValueId) => Shape | undefined {
  const inferred = inferShapes(model.graph, model.weights);
  return (value) => inferred.type(value).shape;
}
