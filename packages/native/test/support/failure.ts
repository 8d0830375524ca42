import { isOptimizeError } from '@tfjs-optimize/core';

/** Code and message of the error that some work ends in. */
export async function failureOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (isOptimizeError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing thrown';
}
