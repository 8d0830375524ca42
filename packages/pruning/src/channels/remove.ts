import {
  attr,
  fail,
  Graph,
  inferNode,
  makeNode,
  nodeOf,
  outputCount,
  splitValue,
  valueId,
  Weight,
  weightType,
  type Attr,
  type Model,
  type Node,
  type Shape,
  type TensorType,
  type Weights,
} from '@tfjs-optimize/core';
import type { Coupling } from './coupling.js';
import type { Cut } from './cut.js';
import type { Rewriter } from './site.js';
import { sliceWeight, type Kept } from './slice-weight.js';

/** A smaller graph with its weights, and what was kept of each weight that shrank. */
export interface Removed {
  readonly graph: Graph;
  readonly weights: Weights;
  readonly kept: ReadonlyMap<string, Kept>;
}

/**
 * Removes units from a model: slices weights, brings operands that state sizes up to date, and checks the shape of every
 * value against what must be left of it.
 */
export function remove(model: Model, coupling: Coupling, cut: Cut): Removed {
  const draft = new Removal(model, coupling, cut);
  for (const node of model.graph) draft.take(node);
  return draft.done();
}

class Removal {
  private readonly nodes = new Map<string, Node>();
  private readonly weights = new Map<string, Weight | undefined>();
  private readonly kept = new Map<string, Kept>();
  private readonly types = new Map<string, readonly TensorType[]>();
  private readonly taken = new Set<string>();

  constructor(
    private readonly model: Model,
    private readonly coupling: Coupling,
    private readonly cut: Cut,
  ) {}

  take(node: Node): void {
    if (node.op === 'Const') this.constant(node);
    else {
      const rewrite = this.coupling.rewrites.get(node.name);
      const writer = new NodeWriter(
        node,
        this.cut,
        (value) => this.typeOf(value),
        (name, weight) => this.add(name, weight),
        (name) => this.free(name),
      );
      rewrite?.(writer);
      for (const sum of writer.sums) this.put(sum);
      this.put(writer.node);
    }
    this.check(node);
  }

  done(): Removed {
    const { graph } = this.model;
    const read = new Set(
      [...this.nodes.values()].flatMap(({ inputs, controls }) => [...inputs.map(nodeOf), ...controls]),
    );
    for (const output of graph.outputs) read.add(nodeOf(output));
    for (const node of graph) {
      // A constant that only told sizes which are now told otherwise has lost its readers.
      const isLeft = node.op === 'Const' && !read.has(node.name) && graph.users(node.name).length > 0;
      if (!isLeft) continue;
      this.nodes.delete(node.name);
      this.weights.set(node.name, undefined);
    }
    return {
      graph: new Graph(this.nodes.values(), graph.inputs, graph.outputs, graph.extras),
      weights: this.model.weights.with(this.weights),
      kept: this.kept,
    };
  }

  private constant(node: Node): void {
    const weight = this.model.weights.get(node.name);
    const axes = this.coupling.labels.get(node.name) ?? [];
    const kept = axes.map((axis) => {
      const left = axis === null ? null : this.cut.kept(axis);
      return left?.length === axis?.length ? null : left;
    });
    if (weight === undefined || kept.every((places) => places === null)) {
      this.put(node);
      return;
    }
    this.kept.set(node.name, kept);
    this.weights.set(node.name, sliceWeight(weight, kept));
    this.put(node);
  }

  /** A name that is free, near one that was wanted. */
  private free(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.model.graph.has(name) || this.nodes.has(name) || this.taken.has(name); i++)
      name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }

  private add(wanted: string, weight: Weight): string {
    const name = this.free(wanted);
    this.weights.set(name, weight);
    this.put(
      makeNode({ name, op: 'Const', attrs: { dtype: attr.type(weight.dtype) }, origin: 'pruning/channels' }),
    );
    return name;
  }

  private put(given: Node): void {
    // A hint of shapes that may have changed; nothing reads it.
    const { _output_shapes: _, ...attrs } = given.attrs;
    const node = '_output_shapes' in given.attrs ? { ...given, attrs } : given;
    this.nodes.set(node.name, node);
    const inputs = node.inputs.map((value) => this.typeOf(value));
    const own = this.weights.get(node.name) ?? this.model.weights.get(node.name);
    this.types.set(node.name, node.op === 'Const' ? [weightType(own)] : inferNode(node, inputs));
  }

  private typeOf(value: string): TensorType {
    const [name, index] = splitValue(value);
    return this.types.get(name)?.[index] ?? { dtype: undefined, shape: undefined };
  }

  /** The shape of what a node makes now must be that of before, less what was cut. */
  private check(node: Node): void {
    for (let i = 0; i < (outputCount(node) ?? 1); i++) {
      const value = valueId(node.name, i);
      const [labels, before, now] = [
        this.coupling.labels.get(value),
        this.coupling.types.shape(value),
        this.typeOf(value).shape,
      ];
      if (labels === undefined || before === undefined || now === undefined) continue;
      const wanted = before.map((size, at) => this.cut.left(labels[at] ?? null, size));
      if (!fits(wanted, now)) {
        fail('internal', {
          subject: `value '${value}' (${node.op})`,
          expected: `shape [${wanted.join(',')}] after channels were removed`,
          got: `[${now.join(',')}]`,
        });
      }
    }
  }
}

function fits(wanted: Shape, now: Shape): boolean {
  return (
    wanted.length === now.length &&
    wanted.every((size, at) => size < 0 || (now[at] as number) < 0 || size === now[at])
  );
}

class NodeWriter implements Rewriter {
  constructor(
    public node: Node,
    private readonly cut: Cut,
    private readonly typeOf: (value: string) => TensorType,
    private readonly add: (name: string, weight: Weight) => string,
    private readonly free: (name: string) => string,
  ) {}

  kept(axis: Int32Array): readonly number[] {
    return this.cut.kept(axis);
  }
  count(axis: Int32Array | null, whole: number): number {
    return this.cut.left(axis, whole);
  }
  attr(name: string, value: Attr): void {
    this.node = { ...this.node, attrs: { ...this.node.attrs, [name]: value } };
  }
  become(op: string, inputs: readonly (string | readonly number[] | number)[], attrs: Node['attrs']): void {
    const values = inputs.map((input) => (typeof input === 'string' ? input : this.numbers(input)));
    this.node = { ...this.node, op, inputs: values, attrs };
  }
  ints(input: number, values: readonly number[]): void {
    const shape = this.typeOf(this.node.inputs[input] as string).shape;
    const size = shape?.reduce((a, b) => a * b, 1);
    this.input(input, this.numbers(values, size === values.length ? shape : undefined));
  }

  sizes(input: number, wanted: readonly (number | undefined)[]): void {
    this.tell(input, wanted, -1);
  }
  places(input: number, wanted: readonly (number | undefined)[]): void {
    this.tell(input, wanted, undefined);
  }

  /** @param open the number that stands for a size which follows by itself. */
  private tell(input: number, wanted: readonly (number | undefined)[], open: number | undefined): void {
    const value = this.node.inputs[input];
    if (value === undefined) return;
    const { values, shape } = this.typeOf(value);
    const count = shape?.[0] ?? values?.length ?? wanted.length;
    const differences = Array.from({ length: count }, (_, at) => {
      const [want, is] = [wanted[at], values?.[at]];
      // One that is not known is computed from what is left.
      return want === undefined || is === undefined || is === open ? 0 : want - is;
    });
    if (differences.every((difference) => difference === 0)) return;
    if (values?.every((one) => one !== undefined) === true) {
      this.input(input, this.numbers(values.map((one, at) => one + (differences[at] as number))));
      return;
    }
    const sum = this.numbers(differences);
    const name = this.free(`${this.node.name}/sizes`);
    this.sums.push(makeNode({ name, op: 'AddV2', inputs: [value, sum], origin: 'pruning/channels' }));
    this.input(input, name);
  }

  /** Nodes to stand before this one. */
  readonly sums: Node[] = [];

  private input(at: number, value: string): void {
    this.node = { ...this.node, inputs: this.node.inputs.map((old, i) => (i === at ? value : old)) };
  }
  private numbers(values: readonly number[] | number, shape?: Shape): string {
    const list = typeof values === 'number' ? [values] : values;
    const dims = shape ?? (typeof values === 'number' ? [] : [list.length]);
    return this.add(`${this.node.name}/left`, Weight.of(Int32Array.from(list), dims, 'int32'));
  }
}
