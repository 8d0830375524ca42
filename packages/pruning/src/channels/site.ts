import type { Attr, Node, Shape, TensorType } from '@tfjs-optimize/core';
import type { Units } from './units.js';

/** The unit at each position along one axis of a value; null for an axis of which nothing is cut. */
export type Axis = Int32Array | null;

/** The axes of a value; undefined where even its rank is unknown. */
export type Labels = readonly Axis[];

/** What a weight does for a group. */
export type WeightKind = 'convolution' | 'dense' | 'depthwise' | 'embedding' | 'norm' | 'bias' | 'other';

/** How a node uses one axis of a value: its channels come out of it or go into it. */
export interface Role {
  readonly node: string;
  readonly side: 'out' | 'in';
  readonly kind: WeightKind;
}

/** What a rule finds: units of the outputs, and how to change the node when some are cut. */
export interface Labelled {
  readonly outputs: readonly (Labels | undefined)[];
  /** Brings operands and attributes that state sizes or positions up to date. */
  readonly rewrite?: (cut: Rewriter) => void;
}

/** Which channels of an op go with which others: one rule for each family of ops. */
export type Rule = (site: Site) => Labelled;

/** Rules by op. */
export type Rules = Readonly<Record<string, Rule>>;

/** How a rule changes its node once it is known what is cut. */
export interface Rewriter {
  /** Positions of an axis that stay, in order. */
  kept(axis: Int32Array): readonly number[];
  /** How many positions of an axis stay; of an axis that nothing cuts all of them. */
  count(axis: Axis, whole: number): number;
  /** Gives an input whole numbers as a constant of its own. */
  ints(input: number, values: readonly number[]): void;
  /** Makes an input that tells sizes tell these; undefined ones, and -1 for an open size, are right as they are. */
  sizes(input: number, wanted: readonly (number | undefined)[]): void;
  /** The same for places, of which -1 is the last. */
  places(input: number, wanted: readonly (number | undefined)[]): void;
  /** Another node in place of it, with inputs as values of the graph or whole numbers. */
  become(op: string, inputs: readonly (string | readonly number[] | number)[], attrs: Node['attrs']): void;
  attr(name: string, value: Attr): void;
}

/** What a rule sees of a node, and what it may do to units. */
export class Site {
  constructor(
    readonly node: Node,
    private readonly units: Units,
    private readonly inputLabels: readonly (Labels | undefined)[],
    readonly inputs: readonly TensorType[],
    readonly outputs: readonly TensorType[],
    private readonly constants: readonly boolean[],
    private readonly roles: Map<Int32Array, Role[]>,
    private readonly places: Set<Int32Array>,
  ) {}

  labels(input: number): Labels | undefined {
    return this.inputLabels[input];
  }
  axis(input: number, axis: number): Axis {
    return this.inputLabels[input]?.at(axis) ?? null;
  }
  shape(input: number): Shape | undefined {
    return this.inputs[input]?.shape;
  }
  outShape(output = 0): Shape | undefined {
    return this.outputs[output]?.shape;
  }
  /** Elements of an input where all are known. */
  numbers(input: number): readonly number[] | undefined {
    const values = this.inputs[input]?.values;
    return values?.every((value) => value !== undefined) === true ? values : undefined;
  }
  get where(): string {
    return `'${this.node.name}' (${this.node.op})`;
  }

  fresh(count: number): Int32Array {
    return this.units.fresh(count);
  }
  same(a: number, b: number): boolean {
    return this.units.find(a) === this.units.find(b);
  }
  isLocked(axis: Axis): boolean {
    return axis === null || axis.every((unit) => this.units.lockOf(unit) !== undefined);
  }

  /** Says what the node uses an axis of a weight for; of inputs that are computed nothing is noted. */
  role(input: number, at: number, side: Role['side'], kind: WeightKind): void {
    const axis = this.axis(input, at);
    if (axis === null || this.constants[input] !== true) return;
    const role: Role = { node: this.node.name, side, kind };
    const known = this.roles.get(axis);
    if (known === undefined) this.roles.set(axis, [role]);
    else known.push(role);
  }

  /** Positions of two axes go together, one by one. */
  unite(a: Axis, b: Axis): Axis {
    if (a === null || b === null) {
      const other = a ?? b;
      this.lock(other, `meets, at ${this.where}, a size that cannot change`);
      return other;
    }
    if (a.length !== b.length) {
      this.lock(a, `does not fit its partner at ${this.where}`);
      this.lock(b, `does not fit its partner at ${this.where}`);
      return null;
    }
    for (let i = 0; i < a.length; i++) this.units.unite(a[i] as number, b[i] as number);
    return a;
  }
  pair(a: number, b: number): void {
    this.units.unite(a, b);
  }

  /** An axis, or one position of it, stays as it is. */
  lock(axis: Axis | number, why: string): void {
    const lock = { node: this.node.name, why };
    if (typeof axis === 'number') this.units.lock(axis, lock);
    else axis?.forEach((unit) => this.units.lock(unit, lock));
  }
  /** All axes of an input stay, but for those that are excepted. */
  lockInput(input: number, why: string, except: readonly number[] = []): void {
    this.inputLabels[input]?.forEach((axis, at) => {
      if (!except.includes(at)) this.lock(axis, why);
    });
  }

  /** An axis of a weight that counts no channels, such as the window of a convolution. */
  place(input: number, at: number): void {
    const axis = this.axis(input, at);
    if (axis === null) return;
    this.lock(axis, `is a place of ${this.where}`);
    this.places.add(axis);
  }

  /** Labels of a value whose channels (last axis) cannot be cut, for a reason. */
  fixed(shape: Shape | undefined, why: string): Labels | undefined {
    return shape?.map((size, at) => {
      if (at !== shape.length - 1 || size < 1) return null;
      const axis = this.units.fresh(size);
      this.lock(axis, why);
      return axis;
    });
  }
  /** Locks all inputs; the outputs cannot be cut either. */
  refuse(why: string): Labelled {
    this.inputLabels.forEach((_, i) => this.lockInput(i, why));
    return { outputs: this.outputs.map(({ shape }) => this.fixed(shape, why)) };
  }
}

/** Labels of a value of some rank with one axis that can be cut. */
export function only(rank: number, at: number, axis: Axis): Labels {
  return Array.from({ length: rank }, (_, i) => (i === at ? axis : null));
}

/** An axis counted from the start. */
export const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
