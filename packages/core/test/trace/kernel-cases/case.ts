import type * as tf from '@tensorflow/tfjs';
import type { Traced } from '@tfjs-optimize/core';

/** An input of a case: its shape, type and what its values are. */
export interface CaseInput {
  readonly shape: number[];
  readonly dtype?: 'float32' | 'int32' | 'bool';
  /** Values lie in [low, high); small whole numbers for int32. */
  readonly low?: number;
  readonly high?: number;
}

/** One TensorFlow.js op that reaches a kernel. */
export interface KernelCase {
  readonly title: string;
  readonly inputs: readonly CaseInput[];
  readonly run: (...inputs: tf.Tensor[]) => Traced;
  /** Unknown axes by input. */
  readonly dynamic?: Record<string, number[]>;
  /** Backends that have the kernel; both by default. */
  readonly onlyOn?: 'cpu';
}

export const x: CaseInput = { shape: [3, 4] };
export const positive: CaseInput = { shape: [3, 4], low: 0.1, high: 3 };
export const unit: CaseInput = { shape: [3, 4], low: -0.9, high: 0.9 };
export const above: CaseInput = { shape: [3, 4], low: 1.1, high: 3 };
export const whole: CaseInput = { shape: [3, 4], dtype: 'int32', low: 1, high: 5 };
export const flags: CaseInput = { shape: [3, 4], dtype: 'bool', low: 0, high: 2 };
export const image: CaseInput = { shape: [2, 7, 9, 3] };
export const images: CaseInput = { shape: [2, 8, 8, 4] };
export const volume: CaseInput = { shape: [2, 5, 6, 7, 2] };
export const batch = { 0: [0] };
export const spatial = { 0: [0, 1, 2] };
export const kernel = (...shape: number[]): CaseInput => ({ shape, low: -1, high: 1 });

export const cube: CaseInput = { shape: [2, 3, 4] };
export const open3 = { 0: [0, 1] };
export const index = (shape: number[], high: number): CaseInput => ({ shape, dtype: 'int32', low: 0, high });
export const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'];

/** Size of a tensor on an axis that it has. */
export function sizeOf(tensor: tf.Tensor, axis: number): number {
  return tensor.shape[axis] as number;
}
