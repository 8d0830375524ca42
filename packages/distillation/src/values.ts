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
  const near = nearOnes(name, [...new Set([...layers, ...nodes.map((node) => node.name)])]);
  return fail('distillation/value', {
    subject: `${whose} '${name}'`,
    expected: `a layer or node of the ${whose}`,
    got: 'none of that name',
    advice: near.length === 0 ? `Its layers are ${few(layers)}` : `Did you mean ${orText(near)}?`,
  });
}

/** Up to this many near names are told. */
const NEAR = 4;

/** Names that are nearly written so, and those that end in what was written: files put prefixes before layers. */
function nearOnes(name: string, names: readonly string[]): string[] {
  const found = names.filter((each) => each.endsWith(`/${name}`));
  for (let i = found.length; i < NEAR; i++) {
    const next = nearest(
      name,
      names.filter((each) => !found.includes(each)),
    );
    if (next === undefined) break;
    found.push(next);
  }
  return found.slice(0, NEAR);
}

function orText(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name}'`);
  return [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].filter((text) => text !== '').join(' or ');
}

function few(names: readonly string[]): string {
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')}, …`;
}

/** Shapes of values as far as they follow from the graph, -1 for unknown sizes. */
export function shapesOf(model: Model): (value: ValueId) => Shape | undefined {
  const inferred = inferShapes(model.graph, model.weights);
  return (value) => inferred.type(value).shape;
}
