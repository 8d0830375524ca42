import { packWeights, type Weights } from '../packing.js';
import type { Site } from '../site.js';
import { keepColumns } from './columns.js';
import { kindOf, type DynamicAttrs } from './kinds.js';
import { RowProduct, type Panels } from './rows.js';

/** A product of floats by packed int8 weights. */
export interface DynamicProduct {
  readonly rows: RowProduct;
  readonly panels: Panels;
}

/** Constants of an op with weights. */
export interface DynamicConstants {
  readonly data: Int8Array;
  /** One for each column, or one for all. */
  readonly scales: Float32Array;
  readonly bias: Float32Array | undefined;
}

/** The constants of an op, where all are there and fit. */
export function constantsOf(site: Site, name: string, columns: number): DynamicConstants | undefined {
  const [weights, scales, bias] = [name, 'scales', 'bias'].map((each) => site.constant(each));
  if (!(weights?.data instanceof Int8Array) || !(scales?.data instanceof Float32Array)) return undefined;
  if (scales.data.length !== 1 && scales.data.length !== columns) return undefined;
  if (bias !== undefined && !(bias.data instanceof Float32Array && bias.data.length === columns))
    return undefined;
  const { clamp_min, clamp_max } = site.attrs as DynamicAttrs;
  if (![clamp_min, clamp_max].every(isFloat)) return undefined;
  return { data: weights.data, scales: scales.data, bias: bias?.data as Float32Array | undefined };
}

/** Whether rounding to float32 leaves a bound on its side of 0. */
function isFloat(bound: number): boolean {
  return bound === 0 || Math.fround(bound) !== 0;
}

/** Packs the weights of a product for as long as its region lives. */
export function dynamicProduct(
  site: Site,
  weights: Weights,
  { scales, bias }: Omit<DynamicConstants, 'data'>,
): DynamicProduct {
  const { memory } = site;
  const kind = kindOf(site.form, site.attrs as DynamicAttrs, weights.inner);
  const packed = packWeights(memory, kind.form.native, weights);
  return {
    rows: new RowProduct(memory, kind, weights.inner, weights.columns),
    panels: { packed, columns: keepColumns(memory, weights, scales, bias) },
  };
}
