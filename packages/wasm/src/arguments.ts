import * as tf from '@tensorflow/tfjs';

/**
 * What bad input leads to. `isOptimizeError` of `@tfjs-optimize/core`, which this package does without, knows it by
 * its code.
 */
export class ArgumentError extends Error {
  override readonly name = 'OptimizeError';
  readonly code = 'argument/invalid';

  constructor(
    readonly subject: string,
    expected: string,
    got: string,
    advice: string,
  ) {
    super(`${subject}: expected ${expected}, got ${got}. ${advice}.`);
  }
}

/** Refuses what is not true or false. */
export function requireFlag(subject: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean')
    throw new ArgumentError(subject, 'true or false', named(value), 'Give one of the two');
}

/** Refuses what is not a tensor of float32. @param shape refuses others, where given. */
export function requireFloats(
  subject: string,
  value: unknown,
  shape?: readonly number[],
): asserts value is tf.Tensor {
  const expected = `a tensor of float32${shape === undefined ? '' : ` of shape [${shape.join()}]`}`;
  if (!isTensor(value) || value.dtype !== 'float32')
    throw new ArgumentError(subject, expected, named(value), 'Convert it with tf.cast');
  if (shape !== undefined && value.shape.join() !== shape.join())
    throw new ArgumentError(
      subject,
      expected,
      named(value),
      'Give one number for each place along the last axis',
    );
}

/** Refuses a tensor of one number without an axis. */
export function requireAxis(subject: string, x: tf.Tensor): void {
  if (x.rank === 0)
    throw new ArgumentError(subject, 'a tensor with an axis', named(x), 'Give it one with tf.expandDims');
}

/** Refuses what is not a number from 0 on. */
export function requireNotNegative(subject: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
    throw new ArgumentError(
      subject,
      'a number of at least 0',
      named(value),
      'Give a small one, such as 0.001',
    );
}

export function named(value: unknown): string {
  if (isTensor(value)) return `a tensor of ${value.dtype} of shape [${value.shape.join()}]`;
  return typeof value === 'object' && value !== null
    ? `an ${value.constructor?.name ?? 'object'}`
    : String(value);
}

function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}
