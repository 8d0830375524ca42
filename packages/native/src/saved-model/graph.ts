import {
  fail,
  inferShapes,
  liveNodes,
  nodeOf,
  splitValue,
  valueId,
  type Model,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';
import type { Fields } from './node-def.js';
import { GraphWriter, tfAttr, type TfNode } from './ops/graph-writer.js';
import { NodeLowering, type Surroundings } from './ops/lowering.js';
import { loweringOf } from './ops/table.js';
import type { WrittenPort } from './signature-def.js';
import { tensorOfWeight } from './tensor.js';
import { tfType } from './types.js';
import type { Variables } from './variables.js';

/** A model's graph as TensorFlow reads it. */
export interface WrittenGraph {
  readonly nodes: readonly TfNode[];
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
  for (const node of nodes) {
    const name = nameOf(node.name);
    const put = (values: readonly ValueId[]): void =>
      values.forEach((value, i) => written.set(valueId(node.name, i), value));
    if (node.op === 'Const') put([writeConst(node, name)]);
    else if (inputs.has(node.name) && node.op === 'Placeholder') put(writePlaceholder(node, name));
    else {
      const lowering = new NodeLowering(
        node,
        name,
        node.inputs.map(valueOf),
        node.controls.map(nameOf),
        around,
      );
      put(loweringOf(node.op)(lowering));
    }
  }

  function writeConst(node: Node, name: string): ValueId {
    const weight = weights.need(node.name);
    if (weight.dtype === 'string') refuseStrings(`constant '${node.name}'`);
    return (
      variables?.write(node, name, writer) ??
      writer.constant(name, tensorOfWeight(weight), node.controls.map(nameOf))
    );
  }

  function writePlaceholder(node: Node, name: string): readonly ValueId[] {
    const port = signature.inputs.find(({ value }) => nodeOf(value) === node.name);
    if (port === undefined) {
      return fail('graph/output', {
        subject: `placeholder '${node.name}'`,
        expected: 'to be an input of the signature',
        got: 'none of that name',
      });
    }
    const attrs = { dtype: tfAttr.type(tfType(port.dtype)), shape: tfAttr.shape(port.shape) };
    return writer.add({ name, op: 'Placeholder', inputs: [], attrs, subject: `node '${node.name}'` });
  }

  const inputPorts = signature.inputs.map((port) => ({
    key: port.key,
    value: valueOf(port.value),
    type: tfType(port.dtype),
    shape: port.shape,
  }));
  const outputPorts = signature.outputs.map((port): WrittenPort => {
    const type = tfType(port.dtype);
    const value = writer.cast(valueOf(port.value), type, { subject: `output '${port.key}'` });
    return { key: port.key, value, type, shape: port.shape };
  });
  const restoring = variables?.finish(writer);
  return { nodes: writer.nodes, inputs: inputPorts, outputs: outputPorts, restoring };
}

/** Says that strings cannot be written. */
export function refuseStrings(subject: string): never {
  return fail('native/string', {
    subject,
    expected: 'numbers',
    got: 'strings, which are not written',
    advice: 'Turn text into numbers outside of the model',
  });
}
