import { nodeOf, type Graph, type Node, type ValueId } from '@tfjs-optimize/core';
import type { Constants } from './constants.js';
import { functionOf } from './functions.js';
import type { TableUnit } from './units.js';

/**
 * Reads the largest part of the graph that ends in a node and is a function of one value, element by element, such as
 * `x · relu6(x + 3) / 6`: all of it becomes one table. What is inside is needed by nobody else.
 *
 * @param free whether a node may be taken in.
 * @returns undefined where the node depends on several values, or is no function of elements.
 */
export function readCone(
  last: Node,
  graph: Graph,
  constants: Constants,
  free: (node: Node) => boolean,
): TableUnit | undefined {
  const order = new Map([...graph.nodes.keys()].map((name, i) => [name, i]));
  const inside = new Map([[last.name, last]]);
  let best: ReadonlyMap<string, Node> | undefined;
  let root: ValueId | undefined;
  for (;;) {
    const frontier = frontierOf(inside, constants);
    if (frontier === undefined) break;
    const [value, ...others] = [...frontier].sort(
      (a, b) => (order.get(nodeOf(b)) ?? 0) - (order.get(nodeOf(a)) ?? 0),
    );
    if (value === undefined) break;
    if (others.length === 0) [best, root] = [new Map(inside), value];
    const node = graph.need(nodeOf(value));
    const isOwn = graph.users(node.name).every((user) => inside.has(user.name)) && !graph.isOutput(node.name);
    if (!isOwn || !free(node) || functionOf(node) === undefined || node.controls.length > 0) break;
    inside.set(node.name, node);
  }
  if (best === undefined || root === undefined) return undefined;
  const { op } = last;
  return {
    kind: 'table',
    node: last,
    absorbed: [...best.values()].filter((node) => node !== last),
    inputs: [root],
    outputs: [last.name],
    apply: evaluator(last.name, root, best, constants),
    fixed: best.size > 1 ? undefined : op === 'Sigmoid' ? 'sigmoid' : op === 'Tanh' ? 'tanh' : undefined,
  };
}

/** Values that flow into some nodes, single constants aside; undefined where one is something else than elements. */
function frontierOf(inside: ReadonlyMap<string, Node>, constants: Constants): Set<ValueId> | undefined {
  const frontier = new Set<ValueId>();
  for (const node of inside.values()) {
    const arity = functionOf(node)?.arity;
    if (arity === undefined || node.inputs.length !== arity) return undefined;
    for (const value of node.inputs) {
      if (inside.has(value)) continue;
      const constant = constants.of(value);
      if (constant === undefined) frontier.add(value);
      else if (constant.values.length !== 1 || constant.shape.length > 1) return undefined;
    }
  }
  return frontier;
}

function evaluator(
  last: ValueId,
  root: ValueId,
  inside: ReadonlyMap<string, Node>,
  constants: Constants,
): (x: number) => number {
  const compute = (value: ValueId, x: number): number => {
    if (value === root) return x;
    const node = inside.get(value);
    if (node === undefined) return constants.number(value) ?? Number.NaN;
    const [a = Number.NaN, b = Number.NaN] = node.inputs.map((input) => compute(input, x));
    return functionOf(node)?.apply(a, b) ?? Number.NaN;
  };
  return (x) => compute(last, x);
}
