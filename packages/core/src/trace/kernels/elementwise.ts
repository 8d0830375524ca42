import * as tf from '@tensorflow/tfjs';
import { NOISES, noiseAttrs, type Noise } from '../../graph/training-attrs.js';
import { attr } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import type { TensorSpec } from '../hollow.js';
import type { DType } from '../../weights.js';
import { likeFirst, type KernelRow, type KernelRows } from './row.js';

/** A kernel of one tensor and no attributes that the graph knows by the name `op`. */
function unary(op: string, key = 'x', dtype?: DType): KernelRow {
  return {
    shape: (call) => ({ shape: call.dims(key), dtype: dtype ?? call.dtype(key) }),
    convert: (_call, emit) => emit.node(op, [emit.in(key)]),
  };
}

/** A broadcasting kernel of two tensors that the graph knows by the name `op`. */
function binary(op: string, dtype?: DType): KernelRow {
  return {
    shape: (call) => ({
      shape: tf.backend_util.assertAndGetBroadcastShape(call.dims('a'), call.dims('b')),
      dtype: dtype ?? call.dtype('a'),
    }),
    convert: (_call, emit) => emit.node(op, [emit.broadcastable('a', 'b'), emit.broadcastable('b', 'a')]),
  };
}

/** Backends differ in the type of a floor division of floats: most make integers of it. */
const FLOAT_FLOOR_DIV: readonly string[] = ['wasm', 'tensorflow'];

function floorDivShape(call: CallView): TensorSpec {
  const shape = tf.backend_util.assertAndGetBroadcastShape(call.dims('a'), call.dims('b'));
  return { shape, dtype: FLOAT_FLOOR_DIV.includes(tf.getBackend()) ? call.dtype('a') : 'int32' };
}

/** Complex numbers' parts and sizes are float32. */
const realPart =
  (key: string) =>
  (call: CallView): TensorSpec => ({ shape: call.dims(key), dtype: 'float32' });

/** `x > 0 ? 1 : alpha`, NaN where x is NaN: the graph has no such op, but its pieces. */
function step(call: CallView, emit: CallEmitter): string {
  const x = emit.in('x');
  const dtype = call.dtype('x');
  const alpha = call.raw('alpha') === undefined ? 0 : call.num('alpha');
  const positive = emit.node('Greater', [x, emit.scalar(0, dtype)]);
  const stepped = emit.node('SelectV2', [positive, emit.scalar(1, dtype), emit.scalar(alpha, dtype)]);
  return emit.node('SelectV2', [emit.node('IsNan', [x]), x, stepped]);
}

/**
 * An addition of a per-channel weight is the graph format's BiasAdd, which TensorFlow.js runs as the
 * same addition; other passes look for it by that name.
 */
function add(call: CallView, emit: CallEmitter): string {
  const a = call.input('a').shape;
  const bias = emit.broadcastable('b', 'a');
  const x = emit.broadcastable('a', 'b');
  const channels = a[a.length - 1];
  if (a.length >= 2 && typeof channels === 'number' && emit.isWeightOfShape(bias, [channels])) {
    return emit.node('BiasAdd', [x, bias], { data_format: attr.string('NHWC') });
  }
  return emit.node('AddV2', [x, bias]);
}

const SAME_NAME = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp'],
  ...['Expm1', 'Floor', 'Log', 'Log1p', 'Neg', 'Reciprocal', 'Relu', 'Relu6', 'Round', 'Rsqrt', 'Selu'],
  ...['Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Sqrt', 'Square', 'Tan', 'Tanh', 'ZerosLike', 'OnesLike'],
] as const;

const ARITHMETIC = {
  Atan2: 'Atan2',
  Maximum: 'Maximum',
  Minimum: 'Minimum',
  Mod: 'FloorMod',
  Multiply: 'Mul',
  Pow: 'Pow',
  RealDiv: 'RealDiv',
  SquaredDifference: 'SquaredDifference',
  Sub: 'Sub',
} as const;

const COMPARISONS = [
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr'],
] as const;

export const elementwiseKernels: KernelRows = {
  ...Object.fromEntries(SAME_NAME.map((name) => [name, unary(name)])),
  ...Object.fromEntries(Object.entries(ARITHMETIC).map(([kernel, op]) => [kernel, binary(op)])),
  ...Object.fromEntries(COMPARISONS.map((name) => [name, binary(name, 'bool')])),
  Add: { ...binary('AddV2'), convert: add },
  FloorDiv: { ...binary('FloorDiv'), shape: floorDivShape },
  AddN: {
    shape: likeFirst,
    convert: (call, emit) => emit.node('AddN', emit.all(), { N: attr.int(call.inputs.length) }),
  },
  BitwiseAnd: {
    shape: likeFirst,
    convert: (call) => call.refuse("an op that TensorFlow.js' graph executor reads with wrong input names"),
  },
  Cast: {
    shape: (call) => ({ shape: call.dims('x'), dtype: call.str('dtype') as DType }),
    convert: (call, emit) => {
      const dtype = call.str('dtype') as DType;
      if (dtype === call.dtype('x')) return emit.view('x');
      return emit.node('Cast', [emit.in('x')], { SrcT: attr.type(call.dtype('x')), DstT: attr.type(dtype) });
    },
  },
  ClipByValue: {
    shape: likeFirst,
    convert: (call, emit) =>
      emit.node('ClipByValue', [
        emit.in('x'),
        emit.scalar(call.num('clipValueMin'), 'float32', 'min'),
        emit.scalar(call.num('clipValueMax'), 'float32', 'max'),
      ]),
  },
  Complex: {
    shape: (call) => ({ shape: call.dims('real'), dtype: 'complex64' }),
    convert: (_call, emit) => emit.node('Complex', [emit.in('real'), emit.in('imag')]),
  },
  ComplexAbs: { shape: realPart('x'), convert: (_call, emit) => emit.node('ComplexAbs', [emit.in('x')]) },
  Real: { shape: realPart('input'), convert: (_call, emit) => emit.node('Real', [emit.in('input')]) },
  Imag: { shape: realPart('input'), convert: (_call, emit) => emit.node('Imag', [emit.in('input')]) },
  Identity: {
    shape: likeFirst,
    convert: (call, emit) => {
      const noise = noiseOfCall(call);
      return noise === undefined ? emit.view('x') : emit.node('Identity', [emit.in('x')], noiseAttrs(noise));
    },
  },
  IsFinite: unary('IsFinite', 'x', 'bool'),
  IsInf: unary('IsInf', 'x', 'bool'),
  IsNan: unary('IsNan', 'x', 'bool'),
  LeakyRelu: {
    shape: likeFirst,
    convert: (call, emit) => emit.node('LeakyRelu', [emit.in('x')], { alpha: attr.float(call.num('alpha')) }),
  },
  LogicalNot: unary('LogicalNot', 'x', 'bool'),
  Prelu: { shape: likeFirst, convert: (_call, emit) => emit.node('Prelu', [emit.in('x'), emit.in('alpha')]) },
  Select: {
    shape: (call) => ({
      shape: call.dims('t'),
      dtype: tf.upcastType(call.dtype('t'), call.dtype('e')),
    }),
    convert: (_call, emit) => emit.node('SelectV2', [emit.in('condition'), emit.in('t'), emit.in('e')]),
  },
  Step: { shape: likeFirst, convert: step },
};

/** What a layer of noise does in training: `layer-scopes.ts` marks the place. */
function noiseOfCall(call: CallView): Noise | undefined {
  const kind = NOISES.find((each) => each === call.raw('noise'));
  if (kind === undefined) return undefined;
  const shape = call.raw('noiseShape') === undefined ? {} : { shape: call.nums('noiseShape') };
  return { kind, amount: call.num('amount'), ...shape };
}
