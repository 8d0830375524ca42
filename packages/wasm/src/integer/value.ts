export type Shape = readonly number[];

/** What the numbers of a value are: unsigned bytes of q + 128 inside of a plan, of four bytes at its edges. */
export type Kind = 'byte' | 'float32' | 'int32';

/** A value of a plan. Its address is another one whenever the memory of the plan moves: steps read it as they run. */
export interface Value {
  readonly shape: Shape;
  readonly kind: Kind;
  address: number;
}

/** What byte stands for an int8 value. */
export const BYTE_OF_ZERO = 128;
