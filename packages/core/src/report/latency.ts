import { asyncNodeOf } from '../async-ops.js';
import { finish } from '../measure/finish.js';
import { interleave, type InterleaveOptions } from '../measure/interleave.js';
import { ratioOfMedians, type Interval } from '../measure/ratio.js';
import type { Work } from '../measure/sampler.js';
import type { Spread } from '../measure/stats.js';
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
  return asyncNodeOf(model.graph) === undefined
    ? () => finish(model.run(sample))
    : () => model.runAsync(sample).then(finish);
}

function spreadOf({ n, median, low, high, min, mad }: Spread): Spread {
  return { n, median, low, high, min, mad };
}
