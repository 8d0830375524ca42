import { largestInt16, type Activation, type DynamicOptions } from '@tfjs-optimize/runtime/reference';
import type { IntegerForm } from '../integer-form.js';

/** Attributes of a dynamic product with weights, as kernels get them. */
export interface DynamicAttrs extends DynamicOptions {
  readonly clamp_min: number;
  readonly clamp_max: number;
}

/** Kinds of whole numbers in the order of `assembly/integer/dynamic/params.ts`. */
const KINDS: Readonly<Record<Activation, number>> = { uint8: 0, uint7: 1, int8: 2, int16: 2 };

/** How floats become whole numbers, as kernels are told. */
export interface Kind {
  readonly form: IntegerForm;
  readonly kind: number;
  /** The largest number. */
  readonly most: number;
  /** Whether all rows have one range. */
  readonly isWhole: boolean;
}

/**
 * @param form what products with weights are fast with.
 * @param terms products that are summed.
 * @param isPair whether both factors are activations.
 */
export function kindOf(
  form: IntegerForm,
  { activation, mode }: DynamicOptions,
  terms: number,
  isPair = false,
): Kind {
  const isWide = activation === 'int16';
  return {
    form: isWide || isPair ? form.wide : form,
    kind: KINDS[activation],
    most: isWide ? largestInt16(terms, isPair) : activation === 'uint8' ? 255 : 127,
    isWhole: mode === 'tensor',
  };
}
