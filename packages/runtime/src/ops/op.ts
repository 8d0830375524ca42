import type { RuntimeOp } from '../format/ops.js';
import type { AttrReader } from './attrs.js';
import type { Operands } from './operands.js';

/** What an op computes. int8 values become an int32 tensor. */
export interface Result {
  readonly shape: readonly number[];
  readonly data: Int8Array | Float32Array;
}

/** An op of integer graphs. */
export interface IntegerOp {
  readonly name: RuntimeOp;
  /** Names of the inputs in order, by which kernels get them. */
  readonly inputs: readonly string[];
  /** How many of the last inputs may be missing. */
  readonly optional: number;
  /** All attributes with a meaning, checked, as kernels get them. */
  readonly attrs: (given: AttrReader) => object;
  /** The result by definition. */
  readonly reference: (inputs: Operands, given: AttrReader) => Result;
}

/** How an op is written down: its reference gets the attributes that it reads. */
export interface OpDefinition<A extends object> extends Omit<IntegerOp, 'attrs' | 'optional' | 'reference'> {
  readonly optional?: number;
  readonly attrs: (given: AttrReader) => A;
  readonly run: (inputs: Operands, attrs: A) => Result;
}

export function defineOp<A extends object>({ optional = 0, run, ...op }: OpDefinition<A>): IntegerOp {
  return { ...op, optional, reference: (inputs, given) => run(inputs, op.attrs(given)) };
}
