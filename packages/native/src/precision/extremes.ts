import {
  nodeOf,
  tooLargeForHalf,
  type Graph,
  type HalfFormat,
  type Model,
  type Weight,
} from '@tfjs-optimize/core';

/** The least number that float16 rounds to something other than zero lies above this. */
const FLOAT16_ZERO = 2 ** -25;

/**
 * Nodes that read numbers which a format does not have: weights with too large ones (which would become infinite), and
 * single numbers that would become zero (which keep divisors from being it). Where such a weight goes through nodes of
 * constants alone, they and what reads their results.
 */
export function readersOfExtremes(model: Model, format: HalfFormat): Map<string, string> {
  const { graph, weights } = model;
  const found = new Map<string, string>();
  const fixed = constantNodes(graph);
  const mark = (name: string, why: string): void => {
    for (const user of graph.users(name)) {
      if (found.has(user.name)) continue;
      found.set(user.name, why);
      if (fixed.has(user.name)) mark(user.name, why);
    }
  };
  for (const [name, weight] of weights) {
    const why = graph.has(name) ? extremeIn(weight, format) : undefined;
    if (why !== undefined) mark(name, `weight '${name}' holds ${why}`);
  }
  return found;
}

function extremeIn(weight: Weight, format: HalfFormat): string | undefined {
  if (weight.dtype !== 'float32') return undefined;
  const values = weight.numbers();
  const tooLarge = tooLargeForHalf(values, format);
  if (tooLarge !== undefined) return `${tooLarge}, which is too large for ${format}`;
  const [only = 0] = values;
  const isLost = format === 'float16' && values.length === 1 && only !== 0 && Math.abs(only) <= FLOAT16_ZERO;
  return isLost ? `${only}, which is 0 in ${format}` : undefined;
}

/** Nodes that depend on constants alone. */
function constantNodes(graph: Graph): ReadonlySet<string> {
  const fixed = new Set<string>();
  for (const node of graph) {
    const isFixed = node.inputs.every((value) => fixed.has(nodeOf(value)));
    if (node.op === 'Const' || (node.inputs.length > 0 && isFixed)) fixed.add(node.name);
  }
  return fixed;
}
