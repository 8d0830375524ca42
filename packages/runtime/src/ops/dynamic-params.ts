import type { DynamicEpilogue } from '../reference/dynamic-products.js';
import type { DynamicOptions } from '../reference/dynamic-quantize.js';
import type { AttrReader } from './attrs.js';
import type { Operands } from './operands.js';

/** How the floats that come become whole numbers. */
export function dynamicOf(given: AttrReader): DynamicOptions {
  const mode = given.word('mode', ['ROW', 'TENSOR'], 'ROW');
  const activation = given.word('activation', ['UINT8', 'UINT7', 'INT8'], 'UINT8');
  return {
    mode: mode === 'ROW' ? 'row' : 'tensor',
    activation: activation === 'UINT8' ? 'uint8' : activation === 'UINT7' ? 'uint7' : 'int8',
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
