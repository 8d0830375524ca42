import {
  fail,
  getAttr,
  needAttr,
  nodeOf,
  OPS,
  isKnownOp,
  type Attr,
  type AttrKind,
  type AttrSpec,
  type AttrValues,
  type Node,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import { tensorOf, type Tensor } from '../tensor.js';
import type { TfType } from '../types.js';
import { toTfAttr, type GraphWriter, type TfAttr, type TfAttrs, type TfNode } from './graph-writer.js';

/**
 * How an op of TensorFlow.js is written as ops of TensorFlow.
 * @returns the written values of the node's outputs.
 */
export type Lowering = (node: NodeLowering) => readonly ValueId[];

/** What the graph around a node tells those that write it. */
export interface Surroundings {
  readonly writer: GraphWriter;
  /** The shape of a value of the model; undefined where it does not follow from the graph. */
  shape(value: ValueId): Shape | undefined;
  /** The elements of a small value of the model, as far as they follow from the graph. */
  values(value: ValueId): readonly (number | undefined)[] | undefined;
  /** Whether the graph has loops: a constant in one must wait for a value of it. */
  readonly hasFrames: boolean;
}

/** A node of the model as it is written: its inputs are written already. */
export class NodeLowering {
  constructor(
    readonly node: Node,
    /** The node's name in the written graph. */
    readonly name: string,
    private readonly inputs: readonly ValueId[],
    private readonly controls: readonly string[],
    private readonly around: Surroundings,
  ) {}

  get subject(): string {
    return `node '${this.node.name}' (${this.node.op})`;
  }

  get inputCount(): number {
    return this.inputs.length;
  }

  /** All inputs, as they are written. */
  all(): readonly ValueId[] {
    return this.inputs;
  }

  input(index: number): ValueId {
    return (
      this.inputs[index] ??
      fail('graph/dangling', {
        subject: this.subject,
        expected: `an input ${index}`,
        got: `${this.inputs.length} inputs`,
      })
    );
  }

  /** The shape of an input, -1 for unknown sizes; undefined where even the rank is unknown. */
  shape(index: number): Shape | undefined {
    const value = this.node.inputs[index];
    return value === undefined ? undefined : this.around.shape(value);
  }

  /** The elements of a small input, as far as they follow from the graph. */
  values(index: number): readonly (number | undefined)[] | undefined {
    const value = this.node.inputs[index];
    return value === undefined ? undefined : this.around.values(value);
  }

  /** The number of axes of an input, where it is known. */
  rank(index: number): number | undefined {
    return this.shape(index)?.length;
  }

  /** The written node that a written value comes from. */
  producer(value: ValueId): TfNode | undefined {
    return this.around.writer.node(nodeOf(value));
  }

  type(value: ValueId): TfType | undefined {
    return this.around.writer.typeOf(value);
  }

  attr<K extends AttrKind>(name: string, kind: K): AttrValues[K] | undefined {
    return getAttr(this.node, name, kind);
  }

  need<K extends AttrKind>(name: string, kind: K): AttrValues[K] {
    return needAttr(this.node, name, kind);
  }

  /** A number that an attribute holds, whether it is written as a whole one or not. */
  number(name: string, byDefault: number): number {
    const found = this.node.attrs[name];
    return found?.kind === 'int' || found?.kind === 'float' ? found.value : byDefault;
  }

  /** The node's attributes, but for types that TensorFlow.js does not read where the inputs tell them. */
  attrs(...leftOut: readonly string[]): TfAttrs {
    const entries = Object.entries(this.node.attrs).filter(
      ([name, attr]) => !leftOut.includes(name) && !this.isUnread(name, attr),
    );
    return Object.fromEntries(entries.map(([name, attr]) => [name, toTfAttr(attr, name, this.subject)]));
  }

  private isUnread(name: string, attr: Attr): boolean {
    if (name.startsWith('_')) return true;
    if (attr.kind !== 'type') return false;
    const { op } = this.node;
    const specs: Readonly<Record<string, AttrSpec>> = isKnownOp(op) ? OPS[op].attrs : {};
    return !Object.hasOwn(specs, name) || specs[name]?.ignored === true;
  }

  /** A node beside the one that carries the name. */
  op(op: string, inputs: readonly ValueId[], attrs: TfAttrs = {}, hint = op): ValueId {
    const { writer } = this.around;
    const name = writer.names.fresh(`${this.name}/${hint}`);
    return writer.add({
      name,
      op,
      inputs,
      attrs,
      subject: this.subject,
      origin: this.node.name,
    })[0] as ValueId;
  }

  /** The node that carries the name, and with it whatever the model's node waits for. */
  last(op: string, inputs: readonly ValueId[], attrs: TfAttrs = {}): readonly ValueId[] {
    const { name, controls, subject } = this;
    return this.around.writer.add({ name, op, inputs, controls, attrs, subject, origin: this.node.name });
  }

  /** A constant beside the node. */
  constant(tensor: Tensor, hint: string): ValueId {
    const { writer, hasFrames } = this.around;
    const [first] = this.inputs;
    // A constant without this would stand outside the loop that its user is in.
    const controls = hasFrames && first !== undefined ? [nodeOf(first)] : [];
    return writer.constant(writer.names.fresh(`${this.name}/${hint}`), tensor, controls);
  }

  scalar(value: number, type: 'float' | 'int32' = 'float', hint = 'constant'): ValueId {
    return this.constant(tensorOf(type, [value], []), hint);
  }

  ints(values: readonly number[], hint = 'constant'): ValueId {
    return this.constant(tensorOf('int32', values), hint);
  }

  cast(value: ValueId, type: TfType): ValueId {
    return this.around.writer.cast(value, type, this);
  }

  /** Says that what the node asks for cannot be written. */
  refuse(what: string, advice: string): never {
    return fail('native/op', {
      subject: this.subject,
      expected: 'what TensorFlow computes, too',
      got: what,
      advice,
    });
  }
}

export type { TfAttr, TfAttrs };
