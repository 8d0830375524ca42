import { isPlumbing, type Graph, type Node, type ValueId } from '@tfjs-optimize/core';

/** Ops whose first output is no tensor that can be fetched. */
const NO_TENSOR = /^(NoOp|Assert|HashTable|TensorArray|TensorList|EmptyTensorList|LookupTableImport)/;

/** Ops that begin control flow: what comes after them may not run, or may run many times. */
const CONTROL_FLOW = /^(Switch|Merge|Enter|While|StatelessWhile|If|StatelessIf)$/;

/**
 * Names of the nodes whose values can be compared: those that both models have, in the topological
 * order of the first. Constants and inputs are left out, since a pass may change a constant and the
 * nodes that use it together; so is what depends on control flow, whose inner values cannot be fetched.
 */
export function comparableNodes(a: Graph, b: Graph): ValueId[] {
  const hidden = new Set([...afterControlFlow(a), ...afterControlFlow(b)]);
  return [...a]
    .filter((node) => {
      const other = b.get(node.name);
      return other !== undefined && isComputed(node) && isComputed(other) && !hidden.has(node.name);
    })
    .map((node) => node.name);
}

/** How many nodes two models have in common and which only one has; counted are nodes that compute, as `inspect` does. */
export function nodeCensus(a: Graph, b: Graph): { common: number; onlyA: number; onlyB: number } {
  const namesOf = (graph: Graph): Set<string> =>
    new Set([...graph].filter((node) => !isPlumbing(node)).map((node) => node.name));
  const [ofA, ofB] = [namesOf(a), namesOf(b)];
  const common = [...ofA].filter((name) => ofB.has(name)).length;
  return { common, onlyA: ofA.size - common, onlyB: ofB.size - common };
}

function isComputed(node: Node): boolean {
  return node.op !== 'Const' && !node.op.startsWith('Placeholder') && !NO_TENSOR.test(node.op);
}

function afterControlFlow(graph: Graph): Set<string> {
  const found = new Set<string>();
  for (const node of graph) {
    const inputs = node.inputs.map((value) => value.split(':')[0] as string);
    if (CONTROL_FLOW.test(node.op) || inputs.some((name) => found.has(name))) found.add(node.name);
  }
  return found;
}
