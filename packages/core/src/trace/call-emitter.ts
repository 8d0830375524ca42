import { attr, type Attrs, type ValueId } from '../graph/node.js';
import type { DType } from '../weights.js';
import type { CallView } from './call-view.js';
import type { Emitted } from './emitted.js';
import { join, numbersOf, type NodeWriter } from './node-writer.js';
import { isVarying, sameShape, type Num } from './numbers.js';
import { materialize, reshaped, type TensorState } from './views.js';

/** What a kernel's conversion uses to write nodes: the call's inputs, constants, sizes, nodes. */
export class CallEmitter {
  constructor(
    private readonly call: CallView,
    private readonly writer: NodeWriter,
    private readonly states: ReadonlyMap<string, TensorState>,
    private readonly isWeight: (value: ValueId) => boolean,
  ) {}

  private get scope(): string {
    return this.call.scope;
  }

  private state(key: string): TensorState {
    const found = this.states.get(key);
    return found ?? this.call.refuse(`no input '${key}'`);
  }

  /** An input in the shape that the kernel saw. */
  in(key: string): ValueId {
    return materialize(this.state(key), this.writer);
  }

  /** All inputs in order, in the shapes that the kernel saw. */
  all(): ValueId[] {
    return this.call.inputs.map(([key]) => this.in(key));
  }

  materialized(key: string): Emitted {
    const { dtype, shape } = this.state(key);
    return { value: this.in(key), shape, dtype };
  }

  /** An input before the reshapes that led to it. */
  base(key: string): Emitted {
    return this.state(key).base;
  }

  /** The call changes nothing but the shape: its result is its input, reshaped when needed. */
  view(key: string): Emitted {
    return this.base(key);
  }

  /** An input in another shape of as many elements. */
  as(key: string, shape: readonly Num[]): ValueId {
    const state = this.state(key);
    if (sameShape(state.base.shape, shape)) return state.base.value;
    if (sameShape(state.shape, shape)) return this.in(key);
    return reshaped(state.base, shape, state.scope, this.writer);
  }

  /**
   * An input of a broadcasting op. Leading axes of size one that a reshape has put in front of it
   * are left out, for broadcasting adds them again: a bias of [1, 1, 1, C] is the weight of [C].
   */
  broadcastable(key: string, other: string): ValueId {
    const [state, against] = [this.state(key), this.state(other)];
    const shorter = onlyLeadingOnes(state) && !onlyLeadingOnes(against);
    return shorter && against.shape.length >= state.shape.length ? state.base.value : this.in(key);
  }

  /** Whether a value is a weight (not computed) of exactly that shape. */
  isWeightOfShape(value: ValueId, shape: readonly number[]): boolean {
    return this.isWeight(value) && this.writer.weights.get(value)?.shape.join() === shape.join();
  }

  /** A node whose op type attribute is the type of the call's first input. */
  node(op: string, inputs: readonly ValueId[], attrs: Attrs = {}, hint?: string): ValueId {
    const [first] = this.call.inputs;
    const typed =
      'T' in attrs || first === undefined || op === 'Cast'
        ? attrs
        : { ...attrs, T: attr.type(first[1].dtype) };
    return this.writer.add(op, this.scope, inputs, typed, hint);
  }

  /** A node with several outputs. */
  nodes(op: string, inputs: readonly ValueId[], count: number, attrs: Attrs = {}): ValueId[] {
    const name = this.node(op, inputs, attrs);
    return Array.from({ length: count }, (_, index) => this.writer.output(name, index));
  }

  /** A scalar of a type; a size that depends on the inputs is computed. */
  scalar(num: Num, dtype: DType, hint = 'value'): ValueId {
    if (!isVarying(num)) return this.writer.scalar(join(this.scope, hint), num, dtype);
    const size = this.writer.size(num, this.scope, this.bases());
    if (dtype === 'int32') return size;
    return this.writer.add('Cast', this.scope, [size], { SrcT: attr.type('int32'), DstT: attr.type(dtype) });
  }

  /** An int32 constant, or a tensor computed at run time where sizes are unknown. */
  ints(nums: readonly Num[], hint: string, shape?: readonly number[]): ValueId {
    if (shape !== undefined && !nums.some(isVarying)) {
      const values = Int32Array.from(nums as readonly number[]);
      return this.writer.constantOf(join(this.scope, hint), values, shape, 'int32');
    }
    const vector = this.writer.vector(nums, this.scope, hint, this.bases());
    if (shape === undefined) return vector;
    const base: Emitted = { value: vector, shape: [nums.length], dtype: 'int32' };
    return reshaped(base, shape, this.scope, this.writer);
  }

  /** A float32 constant with one value everywhere. */
  filled(value: number, shape: readonly number[], hint: string): ValueId {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = numbersOf(
      Array.from({ length: size }, () => value),
      'float32',
    );
    return this.writer.constantOf(join(this.scope, hint), values, shape, 'float32');
  }

  private bases(): Emitted[] {
    return [...this.states.values()].flatMap((state) => {
      const { base, shape, dtype, value } = state;
      return value === undefined ? [base] : [{ value, shape, dtype }, base];
    });
  }
}

function onlyLeadingOnes({ base, shape }: TensorState): boolean {
  const extra = shape.length - base.shape.length;
  return (
    extra > 0 &&
    shape.slice(0, extra).every((size) => size === 1) &&
    sameShape(shape.slice(extra), base.shape)
  );
}
