import { fail, nodeOf, type Model, type Node, type ValueId } from '@tfjs-optimize/core';
import { inPrecision, type NodePrecision } from '../precision/compute.js';
import { ALL_FLOAT32 } from '../precision/plan.js';
import { StoredWeights } from '../precision/stored-weights.js';
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
  /** What nodes are computed in; empty where that is float32 for all. */
  readonly precisions: readonly NodePrecision[];
  /** Casts to and from 16 bits that each call makes. */
  readonly casts: number;
}

/**
 * A model's graph in ops of TensorFlow, each with the types and attributes that TensorFlow asks for. Nodes that the
 * outputs do not depend on are left out.
 *
 * @param stored what weights are written as, and by its plan what is computed in 16 bits; float32 unless told.
 * @param variables takes weights that are to be variables; without it all are constants.
 */
export function writeGraph(
  model: Model,
  stored: StoredWeights = new StoredWeights(model, ALL_FLOAT32),
  variables?: Variables,
): WrittenGraph {
  const { graph, weights, signature } = model;
  const writer = new GraphWriter();
  const { valueOf } = writeNodes(graph, weights, writer, {
    input: (node, name) => writePlaceholder(model, node, name, writer),
    variable: (node, name) => variables?.write(node, name, writer),
    constant: (node, name, controls) => stored.constant(node.name, name, controls, writer),
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
  const functions = writeFunctions(writer.nodes, graph.extras.library, weights, stored);
  const restoring = variables?.finish(writer);
  const values = outputs.map(({ value }) => value);
  const { nodes, precisions, casts, asFloat } = inPrecision(writer, values, model, stored.plan);
  const handedOut = outputs.map((port) => ({ ...port, value: asFloat(port.value) }));
  return { nodes, functions, inputs, outputs: handedOut, restoring, precisions, casts };
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
