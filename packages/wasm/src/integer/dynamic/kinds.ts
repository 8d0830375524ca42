import { largestInt16, type Activation, type DynamicOptions } from '@tfjs-optimize/runtime/reference';

/** Kinds of whole numbers in the order of `assembly/integer/dynamic/params.ts`. */
const KINDS: Readonly<Record<Activation, number>> = { uint8: 0, uint7: 1, int8: 2, int16: 2 };

/** How floats become whole numbers, as kernels are told. */
export interface Kind {
  readonly kind: number;
  /** The largest number. */
  readonly most: number;
  /** Whether all rows have one range. */
  readonly isWhole: boolean;
}

/**
 * @param terms products that are summed.
 * @param isPair whether both factors are activations.
 */
export function kindOf({ activation, mode }: DynamicOptions, terms: number, isPair = false): Kind {
  const kind = KINDS[activation];
  const isWhole = mode === 'tensor';
  if (activation === 'int16') return { kind, most: largestInt16(terms, isPair), isWhole };
  return { kind, most: activation === 'uint8' ? 255 : 127, isWhole };
}
