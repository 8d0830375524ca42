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
import { FAKE_QUANT, registerFakeQuant, type FakeQuantParams } from './op.js';

/** One fake quantization to put into a graph. */
export interface Insertion {
  readonly value: ValueId;
  /** Nodes that read it through the quantization; all, and the outputs of the model, unless told. */
  readonly users?: ReadonlySet<string>;
  readonly params: FakeQuantParams;
}

/** One node to put between a value and those that read it. */
export interface Between {
  readonly value: ValueId;
  readonly users?: ReadonlySet<string> | undefined;
  readonly op: string;
  /** What it is called below the node of the value. */
  readonly suffix: string;
  /** Inputs after the value. */
  readonly more?: readonly ValueId[] | undefined;
  readonly attrs: Attrs;
}

/** The model with values quantized and dequantized where they are read. Other nodes keep their names. */
export function insertFakeQuant<S extends Stage>(
  model: Model<S>,
  insertions: readonly Insertion[],
): Model<S> {
  const all = insertions.map(({ value, users, params }): Between => ({
    value,
    users,
    op: FAKE_QUANT,
    suffix: 'fake_quant',
    attrs: fakeQuantAttrs(params),
  }));
  return insertBetween(model, all);
}

/** The model with nodes between values and their readers. */
export function insertBetween<S extends Stage>(model: Model<S>, all: readonly Between[]): Model<S> {
  registerFakeQuant();
  const taken = new Set([...model.graph.nodes.keys(), ...model.weights.names()]);
  const added: Node[] = [];
  const names = all.map(({ value, op, suffix, more = [], attrs }) => {
    const name = freeName(`${nodeOf(value)}/${suffix}`, taken);
    added.push(makeNode({ name, op, inputs: [value, ...more], attrs }));
    return name;
  });
  /** @param reader a node; `undefined` for the model's outputs. */
  const readBy = (value: ValueId, reader: string | undefined): ValueId => {
    const at = all.findIndex(
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

/** The model without nodes of some ops: who read them reads their first input. */
export function removeBetween<S extends Stage>(model: Model<S>, ops: ReadonlySet<string>): Model<S> {
  const { graph, signature } = model;
  const behind = (value: ValueId): ValueId => {
    const node = graph.get(value);
    return node !== undefined && ops.has(node.op) ? behind(node.inputs[0] as ValueId) : value;
  };
  const nodes = [...graph]
    .filter(({ op }) => !ops.has(op))
    .map((node) => ({ ...node, inputs: node.inputs.map(behind) }));
  const outputs = signature.outputs.map((port) => ({ ...port, value: behind(port.value) }));
  return model.with<S>({
    graph: new Graph(nodes, graph.inputs, graph.outputs.map(behind), graph.extras),
    signature: { ...signature, outputs },
  });
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}

/** The attributes of a node of fake quantization. */
export function fakeQuantAttrs({ qmin, qmax, scales, zeroPoints, axes, rounding }: FakeQuantParams): Attrs {
  return {
    qmin: attr.int(qmin),
    qmax: attr.int(qmax),
    ...(scales !== undefined && { scales: attr.floats(scales) }),
    ...(zeroPoints !== undefined && { zero_points: attr.ints(zeroPoints) }),
    ...(axes !== undefined && { axes: attr.ints(axes) }),
    ...(rounding !== undefined && { rounding: attr.string(rounding) }),
  };
}
