import { constant, op, oneOf, type Pattern } from '@tfjs-optimize/core';
import { BATCH_NORM_OPS } from '../affine.js';
import { LINEAR_OPS } from '../linear.js';

/** A convolution or matrix product; {@link readLinear} looks closer. */
export const LINEAR: Pattern = op(LINEAR_OPS, { as: 'linear' });

/** An op with a factor: batch norm, or a multiplication or division by a constant, around `x`. */
export function multiplicative(x: Pattern): Pattern {
  return oneOf(
    op(BATCH_NORM_OPS, {
      as: 'affine',
      inputs: [x, constant(), constant(), constant(), constant()],
    }),
    op('Mul', { as: 'affine', inputs: [x, constant()], anyOrder: true }),
    op('RealDiv', { as: 'affine', inputs: [x, constant()] }),
    op('Sub', { as: 'affine', inputs: [constant(), x] }),
    op('Neg', { as: 'affine', inputs: [x] }),
  );
}

/** An addition or subtraction of a constant, around `x`. */
export function additive(x: Pattern, as = 'affine'): Pattern {
  return oneOf(
    op(['AddV2', 'Add'], { as, inputs: [x, constant()], anyOrder: true }),
    op(['Sub', 'BiasAdd'], { as, inputs: [x, constant()] }),
  );
}

/** A constant added to a linear op. */
export const BIASED: Pattern = additive(LINEAR, 'bias');

/** Either. */
export function affineAround(x: Pattern): Pattern {
  return oneOf(multiplicative(x), additive(x));
}
