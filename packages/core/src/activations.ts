import { inferShapes } from './graph/infer.js';
import { liveNodes } from './graph/live.js';
import { nodeOf, valueId, type Node, type ValueId } from './graph/node.js';
import { outputCount } from './graph/ops/table.js';
import type { Model } from './model.js';

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
