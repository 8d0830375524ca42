import { add, mul, sumStage } from '../reference/arithmetic.js';
import { broadcastIndexes, broadcastShape } from '../reference/shapes.js';
import { defineOp, type IntegerOp } from './op.js';
import type { Operands } from './operands.js';
import { pairParamsOf, stageOf } from './params.js';

/** The shape of the result, and which elements make each of its own. */
function broadcast(inputs: Operands): {
  shape: readonly number[];
  indexes: readonly [Int32Array, Int32Array];
} {
  const [a, b] = [inputs.shape('a'), inputs.shape('b')];
  const shape = broadcastShape(a, b);
  if (shape === undefined) {
    return inputs.refuse('b', `a shape that fits that of a, [${a.join()}]`, `[${b.join()}]`);
  }
  return { shape, indexes: [broadcastIndexes(a, shape), broadcastIndexes(b, shape)] };
}

function sum(name: 'Add' | 'Sub', sign: 1 | -1): IntegerOp {
  return defineOp({
    name,
    inputs: ['a', 'b'],
    attrs: pairParamsOf,
    run: (inputs, attrs) => {
      const { shape, indexes } = broadcast(inputs);
      return { shape, data: add(inputs.int8('a'), inputs.int8('b'), ...indexes, sign, sumStage(attrs)) };
    },
  });
}

export const ARITHMETIC = [
  sum('Add', 1),
  sum('Sub', -1),
  defineOp({
    name: 'Mul',
    inputs: ['a', 'b'],
    attrs: pairParamsOf,
    run: (inputs, attrs) => {
      const { shape, indexes } = broadcast(inputs);
      // TensorFlow Lite computes this in float32.
      const real = Math.fround(Math.fround(attrs.a_scale * attrs.b_scale) / attrs.y_scale);
      const [a, b] = [inputs.int8('a'), inputs.int8('b')];
      const stage = stageOf(attrs, real);
      return { shape, data: mul(a, b, ...indexes, attrs.a_zero_point, attrs.b_zero_point, stage) };
    },
  }),
];
