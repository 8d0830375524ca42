import {
  fail,
  inferShapes,
  isPlumbing,
  layerNames,
  nearest,
  nodeOf,
  type Model,
  type Node,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';

/**
 * The value that a name stands for: a node, or a layer, whose last value is meant. Layers of models inside of models,
 * and scopes of converted ones, are found without what stands before them, where one alone has that name.
 * @param whose the model in messages, such as `student`.
 * @throws `distillation/value` naming near ones.
 */
export function valueNamed(model: Model, name: string, whose: string): ValueId {
  const itself = model.graph.get(nodeOf(name));
  if (itself !== undefined && itself.op !== 'Const') return name;
  const refuse = (got: string, advice: string): never =>
    fail('distillation/value', {
      subject: `${whose} '${name}'`,
      expected: `a layer or node of the ${whose}`,
      got,
      advice,
    });
  if (itself !== undefined) return refuse('a weight, which no example changes', 'Name the layer that has it');
  const layerOf = layerNames(model);
  const nodes = [...model.graph].filter((node) => !isPlumbing(node));
  const scopes = new Set(nodes.flatMap((node) => scopeNamed(node.name, name) ?? []));
  const [scope] = scopes.has(name) ? [name] : scopes;
  if (scopes.size > 1 && !scopes.has(name))
    return refuse(`the name of ${scopes.size}`, `Say which: ${orText([...scopes].slice(0, NEAR))}`);
  // Nodes that several were fused into have the name of the last of them, and are of the layer of the first.
  const inside = nodes.filter(
    (node) => (scope !== undefined && node.name.startsWith(`${scope}/`)) || layerOf(node.name) === name,
  );
  const last = inside.at(-1);
  if (last !== undefined) return last.name;
  const near = nearOnes(name, nodes);
  const layers = [...new Set(nodes.map((node) => layerOf(node.name)))];
  return refuse(
    'none of that name',
    near.length === 0 ? `Its layers are ${few(layers)}` : `Did you mean ${orText(near)}?`,
  );
}

/** The part of a node's path that ends in a scope of that name: `net/block` of `net/block/Relu` for `block`. */
function scopeNamed(path: string, name: string): string | undefined {
  const at = `/${path}`.indexOf(`/${name}/`);
  return at < 0 ? undefined : path.slice(0, at + name.length);
}

/** Up to this many near names are told. */
const NEAR = 4;

/** Names that are nearly written so, and the last of those that what was written is a part of. */
function nearOnes(name: string, nodes: readonly Node[]): string[] {
  const scopes = nodes.map((node) => node.name.split('/').slice(0, -1));
  const own = scopes.flatMap((path) => path.slice(-1));
  const all = [
    ...new Set([...own, ...scopes.map((path) => path.join('/')), ...nodes.map((node) => node.name)]),
  ];
  const found: string[] = [];
  for (let i = 0; i < NEAR; i++) {
    const next = nearest(
      name,
      all.filter((each) => !found.includes(each)),
    );
    if (next === undefined) break;
    found.push(next);
  }
  if (found.length > 0) return found;
  return [...new Set(own)].filter((each) => each.includes(name)).slice(-NEAR);
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
