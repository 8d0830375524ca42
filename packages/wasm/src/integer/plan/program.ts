import type { RuntimeOp } from '@tfjs-optimize/runtime/format';
import type { Constant } from '../site.js';

/**
 * Ops of a program: those of the runtime, those of TensorFlow.js that move values, and what stands at the edges: int32
 * tensors of int8 values become bytes, and bytes such tensors. `Constant` is an int8 constant that stands where others
 * have a value that moves. Attributes of those that move values:
 *
 * - `Reshape`: {shape}, {squeeze} or {expand}; see there,
 * - `Concat`: {axis}, from the end where it is negative; all inputs have one scale and zero point,
 * - `Pad`: {paddings: [before, after] for each axis, zero: the int8 value around},
 * - `Transpose`: {perm: for each axis of the result that of the input},
 * - `Slice`: {begin, size}, a number for each axis; a size of -1 takes what is left.
 */
export type ProgramOp =
  RuntimeOp | 'Narrow' | 'Spread' | 'Reshape' | 'Concat' | 'Pad' | 'Transpose' | 'Slice' | 'Constant';

/** One op of a program. */
export interface Instruction {
  readonly op: ProgramOp;
  /** All attributes with a meaning, as the kernel of the op gets them. */
  readonly attrs: object;
  /** Values that it reads, by number: inputs of the program first, then results of instructions, in order. */
  readonly inputs: readonly number[];
  /** Constant inputs by name. */
  readonly constants: Readonly<Record<string, Constant>>;
}

/** Ops that run one after the other as one. Each makes one value. */
export interface Program {
  readonly inputs: number;
  readonly instructions: readonly Instruction[];
  /** Values that leave the program: made by `Dequantize` or `Spread`. */
  readonly outputs: readonly number[];
}
