import { same, typeOfInput, type TypeOf } from '../shapes/basic.js';
import { argReduction, counts, reduction as reducedBy } from '../shapes/reduce.js';
import type { ReductionOp } from './names.js';
import type { OpFamily, OpRow } from './row.js';
import { foldByRunning, number, opt, perInput, sizes, tensor } from './spec.js';
import type { OpView } from './view.js';

const row = {
  category: 'reduction',
  outputs: 1,
  traits: [],
  work: perInput(1),
  fold: foldByRunning,
} as const;

function reduce(type: TypeOf) {
  return {
    ...row,
    inputs: [tensor('x'), sizes('axis')],
    attrs: { keep_dims: opt('bool') },
    shape: reducedBy(type),
  } as const satisfies OpRow;
}

/** Sums and products of bool are int32. */
const numberType = (view: OpView) => (view.dtype(0) === 'bool' ? 'int32' : view.dtype(0));

const arg = { ...row, inputs: [tensor('x'), sizes('axis')], attrs: {}, shape: argReduction } as const;

const cumulative = {
  ...row,
  inputs: [tensor('x'), number('axis')],
  attrs: { exclusive: opt('bool'), reverse: opt('bool') },
  shape: same((view) => (view.dtype(0) === 'bool' ? undefined : view.dtype(0))),
} as const;

const bincount = {
  ...row,
  inputs: [tensor('x'), sizes('size'), tensor('weights')],
  attrs: {},
  shape: counts,
} as const;

export const reduction = {
  All: reduce('bool'),
  Any: reduce('bool'),
  Max: reduce(typeOfInput()),
  Mean: reduce('float32'),
  Min: reduce(typeOfInput()),
  Prod: reduce(numberType),
  Sum: reduce(numberType),
  ArgMax: arg,
  ArgMin: arg,
  Cumprod: cumulative,
  Cumsum: cumulative,
  Bincount: bincount,
  DenseBincount: { ...bincount, attrs: { binary_output: opt('bool') } },
} as const satisfies OpFamily<ReductionOp>;
