import {
  attr,
  Graph,
  makeNode,
  nodeOf,
  type Attrs,
  type Model,
  type Node,
  type Stage,
  type ValueId,
} from '@tfjs-optimize/core';
import { FAKE_QUANT, registerFakeQuantOp, type FakeQuantParams } from './op.js';

/** One fake quantization to put into a graph. */
export interface Insertion {
  readonly value: ValueId;
  /** Nodes that read it through the quantization; all, and the outputs of the model, unless told. */
  readonly users?: ReadonlySet<string>;
  readonly params: FakeQuantParams;
}

/** The model with values quantized and dequantized where they are read. Other nodes keep their names. */
export function insertFakeQuant<S extends Stage>(
  model: Model<S>,
  insertions: readonly Insertion[],
): Model<S> {
  registerFakeQuantOp();
  const taken = new Set([...model.graph.nodes.keys(), ...model.weights.names()]);
  const added: Node[] = [];
  const names = insertions.map(({ value, params }) => {
    const name = freeName(`${nodeOf(value)}/fake_quant`, taken);
    added.push(makeNode({ name, op: FAKE_QUANT, inputs: [value], attrs: fakeQuantAttrs(params) }));
    return name;
  });
  /** @param reader a node; `undefined` for the model's outputs. */
  const readBy = (value: ValueId, reader: string | undefined): ValueId => {
    const at = insertions.findIndex(
      (one) =>
        one.value === value && (one.users === undefined || (reader !== undefined && one.users.has(reader))),
    );
    return at < 0 ? value : (names[at] as string);
  };
  const { graph, signature } = model;
  const nodes = [...graph].map((node) => ({
    ...node,
    inputs: node.inputs.map((value) => readBy(value, node.name)),
  }));
  const outputs = graph.outputs.map((value) => readBy(value, undefined));
  return model.with<S>({
    graph: new Graph([...nodes, ...added], graph.inputs, outputs, graph.extras),
    signature: {
      ...signature,
      outputs: signature.outputs.map((port) => ({ ...port, value: readBy(port.value, undefined) })),
    },
  });
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}

/** The attributes of a node of fake quantization. */
function fakeQuantAttrs({ qmin, qmax, scales, zeroPoints, axes, rounding }: FakeQuantParams): Attrs {
  return {
    qmin: attr.int(qmin),
    qmax: attr.int(qmax),
    ...(scales !== undefined && { scales: attr.floats(scales) }),
    ...(zeroPoints !== undefined && { zero_points: attr.ints(zeroPoints) }),
    ...(axes !== undefined && { axes: attr.ints(axes) }),
    ...(rounding !== undefined && { rounding: attr.string(rounding) }),
  };
}
