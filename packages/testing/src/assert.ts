import { AssertionError } from 'node:assert';
import * as tf from '@tensorflow/tfjs';

/**
 * The largest |a − b| over two lists of numbers. Equal infinities differ by 0; a NaN on either side
 * makes the difference infinite, since NaN never equals anything.
 */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new AssertionError({
      message: `lists to compare: expected equal lengths, got ${a.length} and ${b.length}`,
    });
  }
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = difference1(a[i] ?? Number.NaN, b[i] ?? Number.NaN);
    if (difference > largest) {
      largest = difference;
    }
  }
  return largest;
}

function difference1(a: number, b: number): number {
  if (a === b) {
    return 0;
  }
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

/** The largest |value| of a list of numbers, infinite when a value is NaN; 0 for an empty list. */
export function maxMagnitude(values: ArrayLike<number>): number {
  return maxDifference(values, new Float32Array(values.length));
}

/**
 * Fails when `work` leaves more (or fewer) tensors behind than there were. It is run twice and the
 * second run is what counts, so that caches filled on first use are no leak. Models that an earlier test
 * forgot may be collected meanwhile, and their tensors with them: where fewer are left, it is run again.
 */
export async function expectNoLeak(work: () => unknown): Promise<void> {
  await work();
  let [before, after] = await heldAround(work);
  for (let again = 0; again < 2 && after < before; again++) [before, after] = await heldAround(work);
  if (after !== before) {
    throw new AssertionError({
      message: `tensors held: expected ${before} after the work as before it, got ${after}`,
      actual: after,
      expected: before,
    });
  }
}

async function heldAround(work: () => unknown): Promise<[before: number, after: number]> {
  const before = tf.memory().numTensors;
  await work();
  return [before, tf.memory().numTensors];
}

/** Fails unless `work` throws or rejects with an error that carries this code; returns that error. */
export async function expectCode(code: string, work: () => unknown): Promise<Error> {
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) {
      return error;
    }
    throw new AssertionError({
      message: `error code: expected ${code}, got ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    });
  }
  throw new AssertionError({ message: `error code: expected ${code}, got no error but ${String(result)}` });
}
