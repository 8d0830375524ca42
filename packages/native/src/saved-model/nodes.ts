import {
  inferShapes,
  liveNodes,
  splitValue,
  valueId,
  type Graph,
  type Node,
  type ValueId,
  type Weights,
} from '@tfjs-optimize/core';
import { refuseStrings } from './check.js';
import type { GraphWriter } from './ops/graph-writer.js';
import { NodeLowering, type Surroundings } from './ops/lowering.js';
import { loweringOf } from './ops/table.js';
import { tfType } from './types.js';

/** How those nodes are written that are not ops of the table. */
export interface Leaves {
  /** The value of an input. */
  input(node: Node, name: string): ValueId;
  /** The value of a constant that is written as a variable; undefined for all others. */
  variable(node: Node, name: string): ValueId | undefined;
  /** The value of any other constant. */
  constant(node: Node, name: string, controls: readonly string[]): ValueId;
}

/** What became of the values of a graph. */
export interface WrittenNodes {
  /** The written value of a value of the graph. */
  valueOf(value: ValueId): ValueId;
}

/**
 * Writes the nodes of a graph, in its order. Those that the outputs do not depend on are left out; inputs stay.
 */
export function writeNodes(
  graph: Graph,
  weights: Weights,
  writer: GraphWriter,
  leaves: Leaves,
): WrittenNodes {
  const live = liveNodes(graph);
  const inputs = new Set(graph.inputs);
  const nodes = [...graph].filter(({ name }) => live.has(name) || inputs.has(name));
  const names = new Map(nodes.map(({ name }) => [name, writer.names.fresh(name)]));
  const written = new Map<ValueId, ValueId>();
  const shapes = inferShapes(graph, weights);
  const around: Surroundings = {
    writer,
    shape: (value) => shapes.shape(value),
    values: (value) => shapes.type(value).values,
    hasFrames: nodes.some(({ op }) => op === 'Enter'),
  };
  const nameOf = (name: string): string => names.get(name) ?? name;
  /** What comes round a loop is not written yet: it keeps its name. */
  const valueOf = (value: ValueId): ValueId => {
    const [name, index] = splitValue(value);
    return written.get(value) ?? valueId(nameOf(name), index);
  };
  const constantOf = (node: Node, name: string): ValueId => {
    const weight = weights.need(node.name);
    if (weight.dtype === 'string') refuseStrings(`constant '${node.name}'`);
    const variable = leaves.variable(node, name);
    const subject = `constant '${node.name}'`;
    if (variable !== undefined) return writer.cast(variable, tfType(weight.dtype), { subject });
    return leaves.constant(node, name, node.controls.map(nameOf));
  };
  for (const node of nodes) {
    const name = nameOf(node.name);
    const values = (): readonly ValueId[] => {
      if (node.op === 'Const') return [constantOf(node, name)];
      if (inputs.has(node.name) && node.op === 'Placeholder') return [leaves.input(node, name)];
      const refs = node.inputs.map(valueOf);
      return loweringOf(node.op)(new NodeLowering(node, name, refs, node.controls.map(nameOf), around));
    };
    values().forEach((value, i) => written.set(valueId(node.name, i), value));
  }
  return { valueOf };
}
