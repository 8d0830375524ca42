import { reorderTolerance } from '@tfjs-optimize/benchmark';
import type { GpuPlace } from './place.js';

/** Sums of a network: layers of which each adds them up, and numbers in the longest. */
export type Sums = readonly [layers: number, length: number];

/** Bits of the mantissas that are stored, the leading one not counted. */
export const MANTISSA = { tf32: 10, float16: 10, bfloat16: 7 } as const;

/**
 * How far outputs may lie apart, relative to the largest, where every value is rounded to so many bits before it is
 * used: half an ulp is 2^-(bits + 1), each layer multiplies two values of that error, and layers add up.
 */
export function roundingTolerance(layers: number, bits: number): number {
  return layers * 2 * 2 ** -(bits + 1);
}

/**
 * Tolerance of a GPU against a processor: the order of sums, and TF32. TensorFlow from 2.4 on has NVIDIA's GPUs from Ampere
 * on round what float32 products and convolutions multiply to 10 bits unless told otherwise
 * (`tf.config.experimental.enable_tensor_float_32_execution`); they sum in float32.
 */
export function gpuTolerance({ gpu }: Pick<GpuPlace, 'gpu'>, [layers, length]: Sums): number {
  const order = reorderTolerance(layers, length);
  return gpu ? order + roundingTolerance(layers, MANTISSA.tf32) : order;
}

/**
 * Tolerance of a session in half precision against one in float32: values between layers are rounded to half, too, once
 * after the sum and once after what follows it (bias, addition, activation), as products' operands are.
 */
export function halfTolerance([layers, length]: Sums, precision: 'float16' | 'bfloat16'): number {
  return reorderTolerance(layers, length) + 2 * roundingTolerance(layers, MANTISSA[precision]);
}
