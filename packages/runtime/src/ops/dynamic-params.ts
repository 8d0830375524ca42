import type { DynamicEpilogue } from '../reference/dynamic-products.js';
import { ACTIVATIONS, type DynamicOptions } from '../reference/dynamic-quantize.js';
import type { AttrReader } from './attrs.js';
import type { Operands } from './operands.js';

/** How the floats that come become whole numbers. */
export function dynamicOf(given: AttrReader): DynamicOptions {
  return {
    mode: given.word('mode', ['row', 'tensor'], 'row'),
    activation: given.word('activation', ACTIVATIONS, 'uint8'),
  };
}

/** Attributes of a dynamic product with weights. */
export interface DynamicAttrs extends DynamicOptions {
  readonly clamp_min: number;
  readonly clamp_max: number;
}

export function dynamicAttrs(given: AttrReader): DynamicAttrs {
  return { ...dynamicOf(given), ...given.bounds() };
}

/** What stands behind the sums: the inputs `scales`, one for each channel or for all, and `bias`. */
export function epilogueOf(
  inputs: Operands,
  { clamp_min, clamp_max }: DynamicAttrs,
  channels: number,
): DynamicEpilogue {
  const scales = inputs.floats('scales');
  if (scales.length !== 1) inputs.count('scales', channels);
  if (inputs.has('bias')) inputs.count('bias', channels);
  return {
    scales,
    ...(inputs.has('bias') && { bias: inputs.floats('bias') }),
    clampMin: clamp_min,
    clampMax: clamp_max,
  };
}
