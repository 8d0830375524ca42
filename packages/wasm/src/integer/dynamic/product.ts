import type { DynamicOptions } from '@tfjs-optimize/runtime/reference';
import type { Weights } from '../byte-product.js';
import { packWeights } from '../packing.js';
import type { Site } from '../site.js';
import { writeColumns } from './columns.js';
import { kindOf, type Kind } from './kinds.js';
import { formFor, RowProduct, type Bounds } from './rows.js';

/** Products of floats that become whole numbers by packed int8 weights. */
export class DynamicProduct {
  readonly kind: Kind;
  readonly rows: RowProduct;

  /** @param scales one for each column of the weights, or one for all; @param bias one for each. */
  constructor(
    site: Site,
    weights: Weights,
    scales: Float32Array,
    bias: Float32Array | undefined,
    options: DynamicOptions & Bounds,
  ) {
    const { inner, columns } = weights;
    this.kind = kindOf(options, inner);
    const form = formFor(site.form, options.activation);
    const packed = packWeights(site.memory, form.native, weights);
    const known = writeColumns(site.memory, weights, scales, bias);
    this.rows = new RowProduct(site.memory, form, inner, columns, { packed, columns: known }, options);
  }
}
