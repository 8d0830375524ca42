import * as tf from '@tensorflow/tfjs';
import { fail, isOptimizeError, type OutputValues } from '@tfjs-optimize/core';
import type { Running } from './runner.js';

/** What the first call took and gave. */
export interface FirstCall {
  /** Milliseconds, with the upload of weights and the compiling of kernels where nobody did that before. */
  readonly ms: number;
  readonly outputs: readonly OutputValues[];
}

/** What can be called. */
export type Callable = Pick<Running, 'call' | 'outputs'>;

/**
 * Calls a candidate for the first time.
 * @throws `argument/invalid` where further calls leave tensors behind, `compare/candidate` naming a candidate that fails.
 */
export async function firstCall(runner: Callable, name: string): Promise<FirstCall> {
  const start = performance.now();
  const outputs = await outputsOf(runner, name);
  const ms = performance.now() - start;
  await requireNoLeak(runner, name);
  return { ms, outputs };
}

/**
 * Refuses what was timed where tensors are left behind after all, as by a function that leaks at every tenth call: a
 * few may be caches.
 * @param before tensors before anything was timed.
 * @throws `argument/invalid`.
 */
export function requireNoneLeft(subject: string, before: number, samples: number): void {
  const left = tf.memory().numTensors - before;
  if (left <= Math.max(FEW, samples / FEW)) return;
  fail('argument/invalid', {
    subject,
    expected: 'calls that leave no tensors behind',
    got: `${left} more after ${samples} samples`,
    advice: 'Wrap the function in tf.tidy',
  });
}

const FEW = 20;

/** What a function throws says nothing of which of several it was. */
async function outputsOf(runner: Callable, name: string): Promise<readonly OutputValues[]> {
  try {
    return await runner.outputs();
  } catch (cause) {
    if (isOptimizeError(cause)) throw cause;
    return fail('compare/candidate', {
      subject: `candidate '${name}'`,
      expected: 'to run',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/**
 * Thousands of calls would fill the memory, and a measurement of a heap that grows says nothing. What one
 * more call leaves behind may be a cache; what yet another adds to it is not.
 */
async function requireNoLeak(runner: Callable, name: string): Promise<void> {
  if ((await leftBehind(runner)) <= 0) return;
  const left = await leftBehind(runner);
  if (left <= 0) return;
  fail('argument/invalid', {
    subject: `candidate '${name}'`,
    expected: 'calls that leave no tensors behind',
    got: `${left} more after each`,
    advice: 'Wrap the function in tf.tidy',
  });
}

async function leftBehind(runner: Callable): Promise<number> {
  const before = tf.memory().numTensors;
  await runner.call();
  return tf.memory().numTensors - before;
}
