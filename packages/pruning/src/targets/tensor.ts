import { fail, type Weight } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { masked, type Mask } from '../masks/mask.js';
import { zeroed } from '../masks/zeroed.js';
import { checkMask, refuseNaN, type Choose, type Part } from './part.js';

/** A pruned tensor. */
export interface PrunedTensor {
  /** A new tensor; the caller disposes of it. */
  readonly values: tf.Tensor;
  readonly mask: Mask;
}

/** A pruned weight. */
export interface PrunedWeight {
  readonly values: Weight;
  readonly mask: Mask;
}

/** How a bare tensor or weight is pruned. */
export interface TensorOptions {
  /** What it was pruned by before: the pruning looks at what that keeps. */
  readonly mask?: Mask | undefined;
}

/** Prunes a tensor of float32; the one given stays as it is. */
export function prunedTensor(
  tensor: tf.Tensor,
  { mask }: TensorOptions,
  choose: Choose,
  subject: string,
): PrunedTensor {
  if (tensor.dtype !== 'float32') refuseType('tensor', tensor.dtype, subject);
  const part = partOf('tensor', tensor.dataSync() as Float32Array, tensor.shape, mask, subject);
  const pruned = maskFrom(choose([part]), part, subject);
  return { values: tf.tensor(masked(part.scores, pruned), tensor.shape, 'float32'), mask: pruned };
}

/** Prunes a weight of float32; the one given stays as it is. */
export function prunedWeight(
  weight: Weight,
  { mask }: TensorOptions,
  choose: Choose,
  subject: string,
): PrunedWeight {
  if (weight.dtype !== 'float32') refuseType('weight', weight.dtype, subject);
  const part = partOf('weight', weight.numbers() as Float32Array, weight.shape, mask, subject);
  const pruned = maskFrom(choose([part]), part, subject);
  return { values: zeroed(weight, pruned), mask: pruned };
}

/** A bare tensor as a kernel of a dense layer or convolution: output channels last, input channels before them. */
function partOf(
  name: string,
  values: Float32Array,
  shape: readonly number[],
  mask: Mask | undefined,
  subject: string,
): Part {
  refuseNaN(name, values, subject, { what: name, advice: `Give a ${name} of finite numbers` });
  if (mask !== undefined) checkMask(mask, shape, name, subject);
  const scores = mask === undefined ? values : masked(values, mask);
  return {
    name,
    layer: name,
    shape,
    scores,
    kept: mask?.kept,
    outputs: [-1],
    inputs: shape.length < 2 ? undefined : -2,
  };
}

function maskFrom([kept]: ReturnType<Choose>, { shape, name }: Part, subject: string): Mask {
  if (kept instanceof Uint8Array) return { shape, kept };
  return fail('pruning/layer', {
    subject: `${subject}: ${name}`,
    expected: 'a shape that it can prune',
    got: `[${shape.join(',')}]: ${kept ?? 'nothing was chosen'}`,
  });
}

function refuseType(what: string, dtype: string, subject: string): never {
  return fail('pruning/weight', { subject: `${subject}: ${what}`, expected: 'float32 numbers', got: dtype });
}
