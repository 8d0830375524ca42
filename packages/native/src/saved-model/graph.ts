import { fail, nodeOf, type Model, type Node, type ValueId } from '@tfjs-optimize/core';
import { writeFunctions } from './functions.js';
import type { Fields } from './node-def.js';
import { writeNodes } from './nodes.js';
import { GraphWriter, tfAttr, type TfNode } from './ops/graph-writer.js';
import type { WrittenPort } from './signature-def.js';
import { tfType } from './types.js';
import type { Variables } from './variables.js';

/** A model's graph as TensorFlow reads it. */
export interface WrittenGraph {
  readonly nodes: readonly TfNode[];
  /** Bodies of loops and branches, as FunctionDefs. */
  readonly functions: readonly Fields[];
  readonly inputs: readonly WrittenPort[];
  readonly outputs: readonly WrittenPort[];
  /** What loaders must know to restore variables; undefined where there are none. */
  readonly restoring: Fields | undefined;
}

/**
 * A model's graph in ops of TensorFlow, each with the types and attributes that TensorFlow asks for. Nodes that the
 * outputs do not depend on are left out.
 *
 * @param variables takes weights that are to be variables; without it all are constants.
 */
export function writeGraph(model: Model, variables?: Variables): WrittenGraph {
  const { graph, weights, signature } = model;
  const writer = new GraphWriter();
  const { valueOf } = writeNodes(graph, weights, writer, {
    input: (node, name) => writePlaceholder(model, node, name, writer),
    constant: (node, name) => variables?.write(node, name, writer),
  });
  const inputs = signature.inputs.map((port) => ({
    key: port.key,
    value: valueOf(port.value),
    type: tfType(port.dtype),
    shape: port.shape,
  }));
  const outputs = signature.outputs.map((port): WrittenPort => {
    const type = tfType(port.dtype);
    const value = writer.cast(valueOf(port.value), type, { subject: `output '${port.key}'` });
    return { key: port.key, value, type, shape: port.shape };
  });
  const functions = writeFunctions(writer.nodes, graph.extras.library, weights);
  const restoring = variables?.finish(writer);
  return { nodes: writer.nodes, functions, inputs, outputs, restoring };
}

function writePlaceholder(model: Model, node: Node, name: string, writer: GraphWriter): ValueId {
  const port = model.signature.inputs.find(({ value }) => nodeOf(value) === node.name);
  if (port === undefined) {
    return fail('graph/output', {
      subject: `placeholder '${node.name}'`,
      expected: 'to be an input of the signature',
      got: 'none of that name',
    });
  }
  const attrs = { dtype: tfAttr.type(tfType(port.dtype)), shape: tfAttr.shape(port.shape) };
  const subject = `node '${node.name}'`;
  return writer.add({ name, op: 'Placeholder', inputs: [], attrs, subject })[0] as ValueId;
}
