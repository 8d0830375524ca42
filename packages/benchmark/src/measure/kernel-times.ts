import * as tf from '@tensorflow/tfjs';
import { breathe, finishesLater } from '@tfjs-optimize/core';
import type { Distribution } from '../record/measurement.js';
import { distribution } from '../stats/distribution.js';
import type { Outputs } from './outputs.js';
import type { Runner } from './runner.js';

/** Calls that are timed by the backend. */
const CALLS = 20;

/**
 * Milliseconds a call that kernels take by the backend's own timers; undefined where it has none, or where
 * the candidate answers later, which `tf.time` cannot follow. Backends that compute at once have no timers
 * but the clock, which the samples were taken with already.
 */
export async function kernelTimes(
  runner: Runner,
  signal: AbortSignal | undefined,
): Promise<Distribution | undefined> {
  if (!finishesLater()) return undefined;
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    await breathe(signal, 'timing kernels');
    const ms = await kernelTime(runner);
    if (ms === undefined) return undefined;
    times.push(ms);
  }
  return distribution(times);
}

async function kernelTime(runner: Runner): Promise<number | undefined> {
  const runs: (Outputs | Promise<Outputs>)[] = [];
  // In place of a number WebGL without timer queries gives an object that says so.
  const { kernelMs } = (await tf.time(() => void runs.push(runner.run()))) as { kernelMs: unknown };
  for (const outputs of runs) await runner.finish(await outputs);
  const isLater = runs.some((outputs) => outputs instanceof Promise);
  return isLater || typeof kernelMs !== 'number' ? undefined : kernelMs;
}
