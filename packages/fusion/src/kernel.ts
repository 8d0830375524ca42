import {
  Weight,
  attr,
  type GraphView,
  type RuleContext,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import { combine } from './broadcast.js';
import { constantShape, type Linear } from './linear.js';

/** What to do with a kernel that its file stores in fewer than 32 bits an element. */
export type QuantizedWeights = 'keep' | 'expand';

/** Options that rules share which change weights. */
export interface WeightOptions {
  /**
   * `keep` (default): a kernel stored as uint8, uint16 or float16 stays as it is stored, and the
   * scale that would be folded into it becomes a vector which multiplies it when the model runs.
   * `expand`: it becomes float32, four times as large as uint8.
   */
  readonly quantizedWeights?: QuantizedWeights;
}

/** Values of a kernel, in double precision where a factor is applied. */
export function kernelValues(value: ValueId, view: GraphView): ArrayLike<number> {
  const weight = view.weight(value);
  if (weight !== undefined) return weight.numbers();
  const [kernel, factor] = view.producer(value).inputs as [ValueId, ValueId];
  const vector = view.weight(factor) as Weight;
  const shape = constantShape(kernel, view) as Shape;
  return combine(kernelValues(kernel, view), shape, vector.numbers(), vector.shape, (a, b) => a * b);
}

/**
 * The kernel of a linear op times a vector, as a new constant, or, where the kernel stays stored in
 * few bits, as `Mul(kernel, vector)`. Undefined when a product is too large for float32.
 */
export function scaledKernel(
  linear: Linear,
  factor: ArrayLike<number>,
  factorShape: Shape,
  context: RuleContext,
  options: WeightOptions,
): ValueId | undefined {
  return multiply(linear.kernel, factor, factorShape, context, options.quantizedWeights !== 'expand');
}

function multiply(
  kernel: ValueId,
  factor: ArrayLike<number>,
  factorShape: Shape,
  context: RuleContext,
  keep: boolean,
): ValueId | undefined {
  const shape = constantShape(kernel, context) as Shape;
  const weight = context.weight(kernel);
  const times = (a: number, b: number): number => a * b;
  if (weight === undefined && keep) {
    const [inner, old] = context.producer(kernel).inputs as [ValueId, ValueId];
    const vector = context.weight(old) as Weight;
    if (vector.shape.join() === factorShape.join()) {
      const product = float32(
        combine(vector.numbers(), vector.shape, factor, factorShape, times),
        vector.shape,
      );
      return product && scaleAtRun(inner, context.constant(product, { name: old, instead: old }), context);
    }
  }
  if (keep && (weight === undefined || weight.encoding.kind !== 'plain')) {
    const vector = float32(factor, factorShape);
    return vector && scaleAtRun(kernel, context.constant(vector, { name: `${kernel}/scale` }), context);
  }
  const product = float32(combine(kernelValues(kernel, context), shape, factor, factorShape, times), shape);
  return product && context.constant(product, { name: kernel, instead: kernel });
}

function scaleAtRun(kernel: ValueId, vector: ValueId, context: RuleContext): ValueId {
  return context.make('Mul', [kernel, vector], { T: attr.type('float32') }, `${kernel}/scaled`);
}

/** A float32 weight; undefined when a value does not fit. */
export function float32(values: ArrayLike<number>, shape: Shape): Weight | undefined {
  const out = Float32Array.from(values);
  return out.every(Number.isFinite) ? Weight.of(out, shape) : undefined;
}
