import { fail } from './errors.js';
import { Graph } from './graph/graph.js';
import { splitValue, valueId, type Node, type ValueId } from './graph/node.js';
import type { Model, Stage } from './model.js';
import type { Port } from './signature.js';
import { Weights } from './weights.js';

/**
 * A model with nodes renamed, and with them weights, ports and facts; keys of the signature stay, and so
 * does what the model computes.
 *
 * @param renames new names by old ones. Names may be swapped.
 * @throws `graph/dangling` for an old name that is no node, `graph/duplicate` for a new one that is taken.
 */
export function renameNodes<S extends Stage>(
  model: Model<S>,
  renames: ReadonlyMap<string, string>,
): Model<S> {
  for (const name of renames.keys()) model.graph.need(name);
  refuseTakenNames(model, renames);
  const nameOf = (name: string): string => renames.get(name) ?? name;
  const valueOf = (value: ValueId): ValueId => {
    const [node, index] = splitValue(value);
    return valueId(nameOf(node), index);
  };
  const nodes = [...model.graph].map((node): Node => ({
    ...node,
    name: nameOf(node.name),
    inputs: node.inputs.map(valueOf),
    controls: node.controls.map(nameOf),
  }));
  const { inputs, outputs, extras } = model.graph;
  const portOf = (port: Port): Port => ({ ...port, value: valueOf(port.value) });
  return model.with<S>({
    graph: new Graph(nodes, inputs.map(nameOf), outputs.map(valueOf), extras),
    weights: new Weights([...model.weights].map(([name, weight]) => [nameOf(name), weight] as const)),
    signature: {
      inputs: model.signature.inputs.map(portOf),
      outputs: model.signature.outputs.map(portOf),
    },
    facts: model.facts.renamed(renames),
  });
}

/** Weights of function bodies share the names of top-level weights, so those are taken, too. */
function refuseTakenNames(model: Model, renames: ReadonlyMap<string, string>): void {
  const taken = new Set([...model.graph.nodes.keys(), ...model.weights.names()]);
  for (const name of renames.keys()) taken.delete(name);
  for (const name of renames.values()) {
    if (taken.has(name)) {
      fail('graph/duplicate', {
        subject: `new name '${name}'`,
        expected: 'a name that is free',
        got: 'one that is taken',
      });
    }
    taken.add(name);
  }
}
