import {
  fail,
  inferShapes,
  layerNames,
  liveNodes,
  nearest,
  nodeOf,
  outputCount,
  splitValue,
  valueId,
  type Model,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';

/**
 * The values that hang on the inputs and are not known to be other than floats: all activations, inputs included.
 */
export function activationsOf(model: Model): ValueId[] {
  const { graph, weights } = model;
  const live = liveNodes(graph);
  const types = inferShapes(graph, weights);
  const fed = new Set<string>();
  // Again while anything is added: what comes round a loop stands behind where it goes.
  for (let before = -1; before < fed.size;) {
    before = fed.size;
    for (const node of graph) if (isFed(node, fed)) fed.add(node.name);
  }
  const values: ValueId[] = [];
  for (const node of graph) {
    if (!live.has(node.name) || !fed.has(node.name)) continue;
    for (let i = 0; i < (outputCount(node) ?? 1); i++) {
      const value = valueId(node.name, i);
      if ((types.dtype(value) ?? 'float32') === 'float32' && !isUnused(model, value, i)) values.push(value);
    }
  }
  return values;
}

function isFed(node: Node, fed: ReadonlySet<string>): boolean {
  return node.op === 'Placeholder' || node.inputs.some((value) => fed.has(nodeOf(value)));
}

/** Later outputs that nothing reads, such as the statistics of a batch normalization, are not asked for. */
function isUnused({ graph, signature }: Model, value: ValueId, index: number): boolean {
  if (index === 0 || signature.outputs.some((port) => port.value === value)) return false;
  return !graph.users(nodeOf(value)).some((user) => user.inputs.includes(value));
}

/**
 * Checks the values that a caller names.
 * @throws `quantization/layer` for one that is not there, naming the nearest.
 */
export function namedValues({ graph }: Model, values: readonly ValueId[], subject: string): ValueId[] {
  for (const value of values) {
    const [name, index] = splitValue(value);
    const node = graph.get(name);
    if (node !== undefined && index < (outputCount(node) ?? Infinity)) continue;
    const near = nearest(value, graph.nodes.keys());
    fail('quantization/layer', {
      subject: `${subject}: '${value}'`,
      expected: 'a value of the model',
      got: node === undefined ? 'none of that name' : `a node of ${outputCount(node) ?? 1} outputs`,
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
  return [...new Set(values)];
}

/** How errors name a value: with its layer, where that has another name. */
export function valueInWords(model: Model, value: ValueId): string {
  const layer = layerNames(model)(nodeOf(value));
  return layer === value ? `'${value}'` : `'${value}' (layer '${layer}')`;
}
