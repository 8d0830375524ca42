import * as tf from '@tensorflow/tfjs';
import { asyncNodeOf } from '../async-ops.js';
import { interleave, type InterleaveOptions, type Work } from '../measure/interleave.js';
import { ratioOfMedians, type Interval, type Spread } from '../measure/stats.js';
import type { Model, ModelInputs } from '../model.js';
import { randomStream } from '../random.js';

/** Times of two models, measured together. */
export interface Latency {
  /** Milliseconds a run. */
  readonly before: Spread;
  readonly after: Spread;
  /** How many times faster the model after is, with its 95 % interval. */
  readonly speedup: Interval;
}

/**
 * Times two models against each other on the present backend: warmed up apart, then run by turns, so
 * that whatever else the machine does disturbs both alike. A run counts until its outputs can be read.
 */
export async function compareLatency(
  before: Model,
  after: Model,
  sample: ModelInputs,
  options: InterleaveOptions,
): Promise<Latency> {
  const sides = { before: runOf(before, sample), after: runOf(after, sample) };
  const times = await interleave(sides, options);
  return {
    before: spreadOf(times.before),
    after: spreadOf(times.after),
    speedup: ratioOfMedians(times.before.samples, times.after.samples, randomStream(options.seed)),
  };
}

function runOf(model: Model, sample: ModelInputs): Work {
  const mustWait = asyncNodeOf(model.graph) !== undefined || tf.getBackend() === 'webgpu';
  if (!mustWait) {
    return () => {
      const outputs = model.run(sample);
      for (const output of outputs) output.dataSync();
      tf.dispose(outputs);
    };
  }
  return async () => {
    const outputs = await model.runAsync(sample);
    for (const output of outputs) await output.data();
    tf.dispose(outputs);
  };
}

function spreadOf({ n, median, low, high, min, mad }: Spread): Spread {
  return { n, median, low, high, min, mad };
}
