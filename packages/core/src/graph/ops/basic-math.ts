import { broadcast, floatOnly, same, typeOfInput, widerOfTwo, type TypeOf } from '../shapes/basic.js';
import type { BasicMathOp } from './names.js';
import type { OpFamily, OpRow } from './row.js';
import { byDefault, foldByRunning, number, perOutput, tensor, weight } from './spec.js';

function unary(type: TypeOf = floatOnly) {
  return {
    category: 'basic math',
    inputs: [tensor('x')],
    attrs: {},
    outputs: 1,
    traits: ['elementwise'],
    shape: same(type),
    work: perOutput(1),
    fold: foldByRunning,
  } as const satisfies OpRow;
}

export const basicMath = {
  Abs: unary((view) => (view.dtype(0) === 'complex64' ? 'float32' : view.dtype(0))),
  Acos: unary(),
  Acosh: unary(),
  Asin: unary(),
  Asinh: unary(),
  Atan: unary(),
  Atan2: { ...unary(), inputs: [tensor('x'), tensor('y')], shape: broadcast(widerOfTwo) },
  Atanh: unary(),
  Ceil: unary(),
  ClipByValue: {
    ...unary(typeOfInput()),
    inputs: [tensor('x'), number('clipValueMin'), number('clipValueMax')],
    work: perOutput(2),
  },
  Complex: { ...unary(), inputs: [tensor('real'), tensor('imag')], shape: same('complex64') },
  ComplexAbs: { ...unary('float32'), work: perOutput(4) },
  Cos: unary(),
  Cosh: unary(),
  Elu: unary(),
  Erf: unary(),
  Exp: unary(),
  Expm1: unary(),
  Floor: unary(),
  Imag: unary('float32'),
  IsFinite: unary('bool'),
  IsInf: unary('bool'),
  IsNan: unary('bool'),
  LeakyRelu: { ...unary(), attrs: { alpha: byDefault('float', 0.2) } },
  Log: unary(),
  Log1p: unary(),
  Neg: unary(typeOfInput()),
  Prelu: { ...unary(), inputs: [tensor('x'), weight('alpha')], shape: broadcast(floatOnly) },
  Real: unary('float32'),
  Reciprocal: unary(),
  Relu: unary(),
  Relu6: unary(),
  Round: unary(),
  Rsqrt: unary(),
  Selu: unary(),
  Sigmoid: unary(),
  Sign: unary(),
  Sin: unary(),
  Sinh: unary(),
  Softplus: unary(),
  Sqrt: unary(),
  Square: unary(typeOfInput()),
  Tan: unary(),
  Tanh: unary(),
} as const satisfies OpFamily<BasicMathOp>;
