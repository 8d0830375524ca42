import { fail } from '../errors.js';
import { Model, type Stage } from '../model.js';
import type { Port } from '../signature.js';
import { Weight, Weights, type DType, type Values } from '../weights.js';
import { Graph } from './graph.js';
import { attr, makeNode, nodeOf, valueId, type Attr, type Node, type Shape, type ValueId } from './node.js';
import { attrOf, type PlainAttr } from './plain-attr.js';

/** Attributes as plain JavaScript values, or tagged ones where the kind matters. */
export type PlainAttrs = Readonly<Record<string, PlainAttr>>;

/** What {@link GraphBuilder.op} takes beside op, inputs and attributes. */
export interface OpOptions {
  /** Name of the node; by default the op and a number that makes it unique. */
  readonly name?: string;
  /** Names of nodes that must run before this one. */
  readonly controls?: readonly string[];
  readonly origin?: string;
}

/**
 * Builds a graph and its weights node by node, for tests and for passes that make whole networks.
 * Values are referred to by what each method returns.
 *
 * ```ts
 * const b = new GraphBuilder();
 * const x = b.input('x', [-1, 8, 8, 3]);
 * const w = b.constant('w', kernel, [3, 3, 3, 8]);
 * b.output(b.op('Conv2D', [x, w], { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] }));
 * const model = b.build();
 * ```
 */
export class GraphBuilder {
  private readonly nodes = new Map<string, Node>();
  private readonly weights = new Map<string, Weight>();
  private readonly inputs: Port[] = [];
  private readonly outputs: Port[] = [];

  /** A placeholder; sizes of -1 are unknown until the model runs. */
  input(name: string, shape: Shape, dtype: DType = 'float32'): ValueId {
    this.add(
      makeNode({ name, op: 'Placeholder', attrs: { dtype: attr.type(dtype), shape: attr.shape(shape) } }),
    );
    this.inputs.push({ key: name, value: name, dtype, shape });
    return name;
  }

  /**
   * A constant.
   * @param values a number (a scalar), numbers or strings (float32 or string unless `dtype` says
   *   otherwise) or a typed array, which is used as it is.
   * @param shape by default `[values.length]`, or `[]` for a number.
   */
  constant(
    name: string,
    values: number | readonly number[] | Values,
    shape: Shape = typeof values === 'number' ? [] : [values.length],
    dtype?: DType,
  ): ValueId {
    const list = typeof values === 'number' ? [values] : values;
    const typed = ArrayBuffer.isView(list) ? list : typedValues(list, dtype);
    const weight = Weight.of(typed, shape, dtype);
    this.add(makeNode({ name, op: 'Const', attrs: { dtype: attr.type(weight.dtype) } }));
    this.weights.set(name, weight);
    return name;
  }

  /** An int32 vector, as shapes, axes and paddings are given; a number makes a scalar. */
  ints(values: number | readonly number[], shape?: Shape): ValueId {
    return this.constant(this.freeName('ints'), values, shape, 'int32');
  }

  /** An operation; returns its first output. Use {@link out} for the others. */
  op(
    op: string,
    inputs: readonly ValueId[],
    attrs: PlainAttrs = {},
    options: OpOptions | string = {},
  ): ValueId {
    const { name = this.freeName(op), ...rest } = typeof options === 'string' ? { name: options } : options;
    const tagged: Record<string, Attr> = {};
    for (const [key, value] of Object.entries(attrs)) tagged[key] = attrOf(op, key, value);
    this.add(makeNode({ name, op, inputs, attrs: tagged, ...rest }));
    return name;
  }

  /** Output `index` of the node that made a value. */
  out(value: ValueId, index: number): ValueId {
    return valueId(nodeOf(value), index);
  }

  /** Hands a value out; its key is the name of its node unless one is given. */
  output(value: ValueId, key: string = value, dtype: DType = 'float32', shape?: Shape): this {
    this.outputs.push({ key, value, dtype, shape });
    return this;
  }

  /** The nodes so far as a graph. */
  graph(): Graph {
    return new Graph(
      this.nodes.values(),
      this.inputs.map((port) => port.value),
      this.outputs.map((port) => port.value),
    );
  }

  build(): Model<'float'>;
  build<S extends Stage>(stage: S): Model<S>;
  build(stage: Stage = 'float'): Model {
    return new Model({
      graph: this.graph(),
      weights: new Weights(this.weights),
      signature: { inputs: this.inputs, outputs: this.outputs },
      stage,
    });
  }

  private add(node: Node): void {
    if (this.nodes.has(node.name)) {
      fail('graph/duplicate', { subject: `node '${node.name}'`, expected: 'a new name', got: 'one in use' });
    }
    this.nodes.set(node.name, node);
  }

  private freeName(stem: string): string {
    if (!this.nodes.has(stem)) return stem;
    let number = 1;
    while (this.nodes.has(`${stem}_${number}`)) number++;
    return `${stem}_${number}`;
  }
}

function typedValues(values: readonly number[] | readonly string[], dtype: DType | undefined): Values {
  if (dtype === 'string' || (dtype === undefined && typeof values[0] === 'string')) {
    return values.map(String);
  }
  const numbers = values.map(Number);
  if (dtype === 'int32') return Int32Array.from(numbers);
  return dtype === 'bool' ? Uint8Array.from(numbers) : Float32Array.from(numbers);
}
