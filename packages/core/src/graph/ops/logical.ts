import { broadcast, one, same, staticRule, type TypeOf } from '../shapes/basic.js';
import { widerType } from './dims.js';
import type { LogicalOp } from './names.js';
import type { OpFamily, OpRow, Trait } from './row.js';
import { foldByRunning, perOutput, tensor } from './spec.js';

function binary(type: TypeOf = 'bool', ...traits: readonly Trait[]) {
  return {
    category: 'logical',
    inputs: [tensor('a'), tensor('b')],
    attrs: {},
    outputs: 1,
    traits: ['elementwise', ...traits],
    shape: broadcast(type),
    work: perOutput(1),
    fold: foldByRunning,
  } as const satisfies OpRow;
}

const select = {
  ...binary((view) => widerType(view.dtype(1), view.dtype(2))),
  inputs: [tensor('condition'), tensor('a'), tensor('b')],
  notes: 'All three inputs are broadcast, also where TensorFlow would pick whole rows.',
} as const;

export const logical = {
  Equal: binary('bool', 'commutative'),
  NotEqual: binary('bool', 'commutative'),
  Greater: binary(),
  GreaterEqual: binary(),
  Less: binary(),
  LessEqual: binary(),
  LogicalAnd: binary('bool', 'commutative'),
  LogicalOr: binary('bool', 'commutative'),
  LogicalNot: { ...binary(), inputs: [tensor('a')], shape: same('bool') },
  Select: select,
  SelectV2: select,
  BitwiseAnd: {
    ...binary(),
    inputs: [tensor('x'), tensor('y')],
    traits: ['elementwise', 'commutative'],
    shape: staticRule('that of the inputs', (view) => one(view.shape(0), 'int32')),
    notes:
      'Stock TensorFlow.js 4.22 lists it but fails to run it: its executor asks for inputs of other names.',
  },
} as const satisfies OpFamily<LogicalOp>;
