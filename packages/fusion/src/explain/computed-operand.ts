import type { Explanation, Graph, Model, Node, Original } from '@tfjs-optimize/core';
import { LINEAR_OPS } from '../linear.js';
import { computedInputs } from './neighbours.js';
import { ACTIVATIONS } from './without-kernel.js';

const PRODUCTS = ['Mul', 'RealDiv'];
const SUMS = ['AddV2', 'Add', 'Sub'];

/**
 * Convolutions and matrix products whose result is multiplied by, or added to, a value that is computed
 * when the model runs: no rule looks at these, since no fused kernel takes such a value. A sum by itself
 * is nothing that could be fused; the activation behind it would be, without the sum.
 */
export function computedOperands({ graph }: Model, original: Original): readonly Explanation[] {
  return [...graph]
    .filter(({ op }) => LINEAR_OPS.includes(op))
    .flatMap((linear) => explained(graph, linear, original) ?? []);
}

function explained(graph: Graph, linear: Node, original: Original): Explanation | undefined {
  const user = onlyUser(graph, linear);
  const isBias =
    user !== undefined &&
    computedInputs(graph, user).length === 1 &&
    SUMS.concat('BiasAdd').includes(user.op);
  const join = isBias ? onlyUser(graph, user) : user;
  if (join === undefined) return undefined;
  const mine = isBias ? user : linear;
  const other = computedInputs(graph, join).find((node) => node !== mine);
  if (other === undefined) return undefined;
  if (PRODUCTS.includes(join.op)) return sentence(linear, 'factor', join, { join, other }, original);
  const activation = SUMS.includes(join.op) ? onlyUser(graph, join) : undefined;
  if (activation === undefined || !ACTIVATIONS.includes(activation.op)) return undefined;
  return sentence(linear, 'activation', activation, { join, other }, original);
}

function onlyUser(graph: Graph, { name }: Node): Node | undefined {
  const [user, ...others] = graph.users(name);
  return others.length === 0 ? user : undefined;
}

function sentence(
  linear: Node,
  what: string,
  taken: Node,
  { join, other }: { readonly join: Node; readonly other: Node },
  original: Original,
): Explanation {
  const [node, root, blamed, from] = [linear, taken, join, other].map(original) as [Node, Node, Node, Node];
  const when = 'which is computed when the model runs';
  const reason = `has ${from.name} (${from.op}) as its other operand, ${when}`;
  return {
    node: node.name,
    op: node.op,
    rule: 'no-fused-kernel',
    root: root.name,
    taken: root.name,
    blamed: blamed.name,
    reason,
    message: `${node.name} did not take ${what} ${root.name}: ${blamed.name} (${blamed.op}) ${reason}`,
    group: `did not take ${what}: the other operand of ${blamed.op} is computed when the model runs`,
  };
}
