import { broadcast, floatOnly, one, staticRule, widerOfTwo, type TypeOf } from '../shapes/basic.js';
import { widerType } from './dims.js';
import type { ArithmeticOp } from './names.js';
import type { OpFamily, OpRow, Trait } from './row.js';
import { flops, foldByRunning, ignored, perOutput, rest, sizesOfAll, tensor, weight } from './spec.js';
import type { OpView } from './view.js';

function binary(type: TypeOf, ...traits: readonly Trait[]) {
  return {
    category: 'arithmetic',
    inputs: [tensor('a'), tensor('b')],
    attrs: {},
    outputs: 1,
    traits: ['elementwise', ...traits],
    shape: broadcast(type),
    work: perOutput(1),
    fold: foldByRunning,
  } as const satisfies OpRow;
}

/** Types as arithmetic sees them: bool counts as int32. */
const widerNumber = (view: OpView) => {
  const type = widerOfTwo(view);
  return type === 'bool' ? 'int32' : type;
};

/** Backends disagree about bool + bool and the like. */
const widerNotBool = (view: OpView) => {
  const type = widerOfTwo(view);
  return type === 'bool' ? undefined : type;
};

/** int32 stays int32; for float32 some backends say int32 and some float32. */
const intOnly = (view: OpView) => (widerOfTwo(view) === 'int32' ? 'int32' : undefined);

export const arithmetic = {
  Add: binary(widerNotBool, 'commutative'),
  AddV2: binary(widerNotBool, 'commutative'),
  AddN: {
    category: 'arithmetic',
    inputs: [rest('tensors')],
    attrs: {},
    outputs: 1,
    traits: ['elementwise', 'commutative'],
    shape: staticRule('that of the inputs, which are all of one shape', (view) => {
      const known = view.inputs.find((input) => input.shape !== undefined);
      return one(known?.shape, view.inputs.map(({ dtype }) => dtype).reduce(widerType, view.dtype(0)));
    }),
    work: flops('1 per input element but the first', (view) => sizesOfAll(view.inputs.slice(1))),
    fold: foldByRunning,
  },
  BiasAdd: {
    ...binary(widerNotBool),
    inputs: [tensor('a'), weight('b')],
    attrs: { data_format: ignored('string') },
    notes: 'Stock TensorFlow.js adds along the last axis, whatever data_format says.',
  },
  Sub: binary(widerNotBool),
  Mul: binary(widerNotBool, 'commutative'),
  Div: binary(widerNotBool),
  RealDiv: binary(widerNotBool),
  DivNoNan: binary(floatOnly),
  FloorDiv: binary(intOnly),
  Mod: binary(widerNotBool),
  FloorMod: binary(widerNotBool),
  Maximum: binary(widerNumber, 'commutative'),
  Minimum: binary(widerNumber, 'commutative'),
  Pow: binary(widerNotBool),
  SquaredDifference: { ...binary(widerNotBool, 'commutative'), work: perOutput(2) },
} as const satisfies OpFamily<ArithmeticOp>;
