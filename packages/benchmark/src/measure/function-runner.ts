import * as tf from '@tensorflow/tfjs';
import type { OutputValues } from '@tfjs-optimize/core';
import type { CandidateFunction, FunctionOutputs } from './candidate.js';
import { sinkOf, type Outputs } from './outputs.js';
import type { Running } from './runner.js';

/**
 * A function is not known to answer at once or later, so each result is looked at: one that gives no tensors
 * costs its call and that look.
 */
export function runningFunction(work: CandidateFunction, tensors: tf.Tensor[]): Running {
  const { finish, read } = sinkOf(tensors);
  const finishResult = (result: FunctionOutputs): unknown =>
    typeof result === 'object' ? finish(tensorsOf(result)) : result;
  return {
    run() {
      const result = work(tensors);
      return result instanceof Promise ? result.then(tensorsOf) : tensorsOf(result);
    },
    finish,
    call() {
      const result = work(tensors);
      return result instanceof Promise ? result.then(finishResult) : finishResult(result);
    },
    async outputs(): Promise<OutputValues[]> {
      const result = await work(tensors);
      if (typeof result === 'number') return [{ key: 'number', shape: [], values: [result] }];
      return read(tensorsOf(result), keysOf(result));
    },
  };
}

function tensorsOf(result: FunctionOutputs): Outputs {
  if (result === undefined || typeof result === 'number') return [];
  if (result instanceof tf.Tensor) return [result];
  return (Array.isArray(result) ? result : Object.values(result)) as Outputs;
}

function keysOf(result: FunctionOutputs): readonly string[] {
  const isRecord = typeof result === 'object' && !(result instanceof tf.Tensor) && !Array.isArray(result);
  return isRecord ? Object.keys(result) : [];
}
