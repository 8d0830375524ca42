import { tensor, type KernelFunc } from '@tensorflow/tfjs-core';
import { ARITHMETIC } from './arithmetic.js';
import { AttrReader } from './attrs.js';
import { CONVERSIONS } from './conversions.js';
import { CONVOLUTIONS } from './convolutions.js';
import { DYNAMIC_CONVOLUTIONS } from './dynamic-convolutions.js';
import { DYNAMIC_PRODUCTS } from './dynamic-products.js';
import { LOOKUPS } from './lookups.js';
import type { IntegerOp } from './op.js';
import { Operands } from './operands.js';
import { POOLS } from './pools.js';
import { PRODUCTS } from './products.js';
import { RESIZES } from './resizes.js';

/** Every op of integer graphs. */
export const OPS: readonly IntegerOp[] = [
  CONVERSIONS,
  CONVOLUTIONS,
  PRODUCTS,
  ARITHMETIC,
  POOLS,
  LOOKUPS,
  DYNAMIC_PRODUCTS,
  DYNAMIC_CONVOLUTIONS,
  RESIZES,
].flat();

/** A kernel that computes an op by definition, on any backend. */
export function referenceKernel(op: IntegerOp): KernelFunc {
  return ({ inputs, attrs = {} }) => {
    const { shape, data } = op.reference(new Operands(op.name, inputs), new AttrReader(op.name, attrs));
    return tensor(data instanceof Float32Array ? data : new Int32Array(data), [...shape]);
  };
}
