import { fail } from '../../errors.js';
import type { DType } from '../../weights.js';
import { dtypeOfTf, getAttr, type AttrKind, type AttrValues, type Node, type Shape } from '../node.js';
import type { TensorType } from './row.js';

/** A value of which nothing is known. */
export const UNKNOWN: TensorType = { dtype: undefined, shape: undefined };

/** What a rule of the op table sees: a node and the types of its inputs. */
export class OpView {
  constructor(
    readonly node: Node,
    readonly inputs: readonly TensorType[],
    /** Types of the outputs; only rules for work look at them. */
    readonly outputs: readonly TensorType[] = [],
  ) {}

  /** The type of an input; negative indexes count from the end, missing inputs are unknown. */
  input(index: number): TensorType {
    return this.inputs.at(index) ?? UNKNOWN;
  }
  shape(index: number): Shape | undefined {
    return this.input(index).shape;
  }
  dtype(index: number): DType | undefined {
    return this.input(index).dtype;
  }
  /** Elements of an input, unknown ones as undefined; undefined where not even their number is known. */
  values(index: number): readonly (number | undefined)[] | undefined {
    return this.input(index).values;
  }
  /** Elements of an input, where all of them are known. */
  numbers(index: number): readonly number[] | undefined {
    const values = this.values(index);
    return values?.every((value) => value !== undefined) === true ? values : undefined;
  }
  /** The only element of an input, where it is known. */
  number(index: number): number | undefined {
    const values = this.values(index);
    return values?.length === 1 ? values[0] : undefined;
  }
  /** The shape of the first output. */
  get outputShape(): Shape | undefined {
    return this.outputs[0]?.shape;
  }

  attr<K extends AttrKind>(name: string, kind: K): AttrValues[K] | undefined {
    return getAttr(this.node, name, kind);
  }
  ints(name: string): readonly number[] | undefined {
    return this.attr(name, 'ints');
  }
  int(name: string, otherwise: number): number {
    return this.attr(name, 'int') ?? otherwise;
  }
  flag(name: string): boolean {
    return this.attr(name, 'bool') ?? false;
  }
  text(name: string, otherwise: string): string {
    return this.attr(name, 'string') ?? otherwise;
  }
  /** The TensorFlow.js type that a type attribute names. */
  type(name: string): DType | undefined {
    const tfName = this.attr(name, 'type');
    return tfName === undefined ? undefined : dtypeOfTf(tfName);
  }

  /** Ends a rule whose inputs contradict each other. */
  contradiction(expected: string, got: string): never {
    return fail('graph/shape', { subject: `node '${this.node.name}' (${this.node.op})`, expected, got });
  }
}
