import {
  Graph,
  makeNode,
  valueId,
  Weight,
  type Attrs,
  type Model,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';
import { Names } from '../static/names.js';

/** Puts nodes between values and those that read them. Other nodes keep their names. */
export class Rewiring {
  private readonly names: Names;
  private readonly added: Node[] = [];
  private readonly weights = new Map<string, Weight>();
  private readonly forAll = new Map<ValueId, ValueId>();
  private readonly forOne = new Map<string, ValueId>();

  constructor(private readonly model: Model) {
    this.names = new Names(model);
  }

  /** Adds a node. @returns its name, which is its first output. */
  node(wanted: string, op: string, inputs: readonly ValueId[], attrs: Attrs = {}): string {
    const name = this.names.take(wanted);
    this.added.push(makeNode({ name, op, inputs, attrs }));
    return name;
  }

  /** Adds a constant. */
  constant(wanted: string, values: readonly number[], shape: readonly number[]): string {
    const name = this.node(wanted, 'Const', []);
    this.weights.set(name, Weight.of(Float32Array.from(values), shape));
    return name;
  }

  /** Names of the constants that were added. */
  get constants(): readonly string[] {
    return [...this.weights.keys()];
  }

  /** Lets all readers of a value, outputs of the model among them, read another one. */
  replace(value: ValueId, by: ValueId): void {
    this.forAll.set(id(value), by);
  }

  /** Lets one node read another value. @param reader `undefined` for the outputs of the model. */
  replaceFor(value: ValueId, reader: string | undefined, by: ValueId): void {
    this.forOne.set(edge(value, reader), by);
  }

  private readBy(value: ValueId, reader: string | undefined): ValueId {
    return this.forOne.get(edge(value, reader)) ?? this.forAll.get(id(value)) ?? value;
  }

  /** The model with all that was put into it. */
  done(): Model<'float'> {
    const { graph, signature, weights } = this.model;
    const nodes = [...graph].map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => this.readBy(value, node.name)),
    }));
    const outputs = graph.outputs.map((value) => this.readBy(value, undefined));
    return this.model.with<'float'>({
      graph: new Graph([...nodes, ...this.added], graph.inputs, outputs, graph.extras),
      weights: weights.with(this.weights),
      signature: {
        ...signature,
        outputs: signature.outputs.map((port) => ({ ...port, value: this.readBy(port.value, undefined) })),
      },
      stage: 'float',
    });
  }
}

/** `name` and `name:0` are one value. */
function id(value: ValueId): ValueId {
  return value.endsWith(':0') ? valueId(value.slice(0, -2)) : value;
}

function edge(value: ValueId, reader: string | undefined): string {
  return JSON.stringify([id(value), reader ?? null]);
}
