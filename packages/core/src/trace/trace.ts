import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { mergeTraces, type MergedTrace } from './align.js';
import { firstDifference, firstRandom } from './difference.js';
import { plans, sampleSizes, singleSizes, specsOf, TRACES, type InputSpec, type Plan } from './dimensions.js';
import type { TensorSpec } from './hollow.js';
import { recordTrace, RunFailure } from './record.js';
import type { TraceLog } from './trace-log.js';
import { callName, placeName, sizesOf, type Traced } from './traced.js';

/** Runs on tensors; gives back its results in a fixed order. */
export type Traceable = (inputs: tf.Tensor[]) => readonly tf.Tensor[];

/** Traces a function at several sizes of its unknown dimensions and merges what was recorded. */
export function traceMerged(run: Traceable, inputs: readonly InputSpec[], traced: Traced): MergedTrace {
  let first: RunFailure | undefined;
  for (const plan of plans(inputs)) {
    try {
      return new PlannedTrace(run, inputs, plan, traced).merged();
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      first ??= error;
    }
  }
  const open = inputs.some(({ shape }) => shape.some((size) => typeof size === 'string'));
  return fail('trace/shape', {
    subject: placeName({ traced, scope: first?.scope ?? '' }),
    expected: `to run on inputs of shape ${sizesOf(inputs)}`,
    got: `the error "${first?.message ?? ''}" at ${sizesOf(first?.inputs ?? inputs)}`,
    advice: open
      ? `It may need a dimension of a special size. ${traced.fixing}`
      : 'Call it on tensors of these shapes, untraced, to find the mistake',
    cause: first?.cause,
  });
}

/**
 * The runs of one plan.
 *
 * A first run is thrown away: layers and functions may make things on first use that later runs
 * find. A second one at the same sizes tells random values apart from those that depend on sizes.
 * Beside the sizes of the plan there are two that users meet first: those of their own samples, and
 * one along the first axis, the batch of most models. What is merged must hold there, too. No choice
 * of sizes finds every limit at which a function may begin to do something else.
 */
class PlannedTrace {
  constructor(
    private readonly run: Traceable,
    private readonly inputs: readonly InputSpec[],
    private readonly plan: Plan,
    private readonly traced: Traced,
  ) {}

  merged(): MergedTrace {
    const { inputs, plan } = this;
    this.at(plan);
    const base = this.at(plan);
    const again = this.at(plan);
    this.checkRepeats(base, again);
    const others = plan.size === 0 ? [] : Array.from({ length: TRACES - 1 }, (_, k) => this.at(plan, k + 1));
    const sample = sampleSizes(inputs, plan);
    if (sample !== undefined) others.push(this.at(sample));
    const single = this.single();
    if (single !== undefined) others.push(single);
    return mergeTraces([base, ...others], again, this.traced);
  }

  private at(plan: Plan, k = 0): TraceLog {
    return this.record(specsOf(this.inputs, plan, k));
  }

  private record(inputs: readonly TensorSpec[]): TraceLog {
    return recordTrace(inputs, this.run, this.traced);
  }

  /** A function that fails at a batch of one is not held to it: its graph may fail there, too. */
  private single(): TraceLog | undefined {
    const sizes = singleSizes(this.plan);
    if (sizes === undefined) return undefined;
    try {
      return this.at(sizes);
    } catch (error) {
      if (error instanceof RunFailure) return undefined;
      throw error;
    }
  }

  private checkRepeats(base: TraceLog, again: TraceLog): void {
    const { traced } = this;
    const difference = firstDifference(base, again);
    if (difference !== undefined) {
      const { site, one, other } = difference;
      fail('trace/random', {
        subject: site === undefined ? traced.name : callName({ traced, ...site }),
        expected: 'the same calls at every run of one size',
        got: `${one}, then ${other}`,
        advice:
          'Let every run take the same steps, none chosen at random or by what earlier runs left behind',
      });
    }
    const random = firstRandom(base, again);
    if (random !== undefined) {
      fail('trace/random', {
        subject: callName({ traced, ...random.site }),
        expected: 'the same numbers at every run of one size',
        got: `${random.what} that differs between two runs`,
        advice: 'Compute the number before tracing, once',
      });
    }
  }
}
