import {
  Weight,
  attr,
  type GraphView,
  type RuleContext,
  type Shape,
  type ValueId,
} from '@tfjs-optimize/core';
import { fitsFloat32, multiply, sizeOf } from './broadcast.js';
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
  const out = new Float64Array(sizeOf(shape));
  return multiply(kernelValues(kernel, view), shape, vector.numbers(), vector.shape, out);
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
  const keep = options.quantizedWeights !== 'expand';
  const { kernel } = linear;
  const weight = context.weight(kernel);
  if (keep && weight === undefined) {
    const merged = withVector(kernel, factor, factorShape, context);
    if (merged !== undefined) return merged;
  }
  if (keep && (weight === undefined || weight.encoding.kind !== 'plain')) {
    return scaleAtRun(kernel, float32(factor, factorShape), `${kernel}/scale`, context);
  }
  const out = new Float32Array(sizeOf(linear.kernelShape));
  multiply(kernelValues(kernel, context), linear.kernelShape, factor, factorShape, out);
  const product = finite(out, linear.kernelShape);
  return product && context.constant(product, { name: kernel, instead: kernel, of: { weight: kernel } });
}

/** `Mul(kernel, vector)` with the factor in its vector, where both have the same shape. */
function withVector(
  kernel: ValueId,
  factor: ArrayLike<number>,
  factorShape: Shape,
  context: RuleContext,
): ValueId | undefined {
  const [inner, old] = context.producer(kernel).inputs as [ValueId, ValueId];
  const vector = context.weight(old) as Weight;
  if (vector.shape.join() !== factorShape.join()) return undefined;
  const out = multiply(vector.numbers(), vector.shape, factor, factorShape, new Float32Array(vector.size));
  return scaleAtRun(inner, finite(out, vector.shape), old, context, old);
}

function scaleAtRun(
  kernel: ValueId,
  vector: Weight | undefined,
  name: string,
  context: RuleContext,
  instead?: ValueId,
): ValueId | undefined {
  if (vector === undefined) return undefined;
  const scale = context.constant(vector, { name, ...(instead !== undefined && { instead }) });
  return context.make('Mul', [kernel, scale], { T: attr.type('float32') }, `${kernel}/scaled`);
}

function float32(values: ArrayLike<number>, shape: Shape): Weight | undefined {
  return finite(Float32Array.from(values), shape);
}

/** The values as a weight; undefined when one is infinite or not a number. */
function finite(values: Float32Array, shape: Shape): Weight | undefined {
  return fitsFloat32(values) ? Weight.of(values, shape) : undefined;
}
