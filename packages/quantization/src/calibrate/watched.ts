import {
  fail,
  layerNames,
  nearest,
  nodeOf,
  outputCount,
  splitValue,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';

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
