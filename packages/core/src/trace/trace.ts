import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { firstRandom, mergeTraces, sameStructure, type MergedTrace } from './align.js';
import { plans, sampleSpecs, specsOf, TRACES, type InputSpec, type Plan } from './dimensions.js';
import type { TensorSpec } from './hollow.js';
import { recordTrace, RunFailure } from './record.js';
import type { TraceLog } from './trace-log.js';

/** Runs on tensors; gives back its results in a fixed order. */
export type Traceable = (inputs: tf.Tensor[]) => readonly tf.Tensor[];

/**
 * Traces a function at several sizes of its unknown dimensions and merges what was recorded.
 * A first run is thrown away: layers and functions may make things on first use that later runs find.
 * A second one at the same sizes tells random values apart from those that depend on sizes. The sizes
 * of the samples are traced, too: what is merged must hold for them first of all.
 */
export function traceMerged(run: Traceable, inputs: readonly InputSpec[], subject: string): MergedTrace {
  let first: RunFailure | undefined;
  for (const plan of plans(inputs)) {
    try {
      return tracePlan(run, inputs, plan, subject);
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      first ??= error;
    }
  }
  return fail('trace/shape', {
    subject: first === undefined || first.scope === '' ? subject : `layer '${first.scope}'`,
    expected: `to run on inputs of shape ${inputs.map(shapeText).join(' ')}`,
    got: `the error "${first?.message ?? ''}"`,
    advice: 'If an unknown dimension must have a special size, give the input that size',
    cause: first?.cause,
  });
}

function tracePlan(run: Traceable, inputs: readonly InputSpec[], plan: Plan, subject: string): MergedTrace {
  const at = (k: number): TensorSpec[] => specsOf(inputs, plan, k);
  recordTrace(at(0), run);
  const base = recordTrace(at(0), run);
  const again = recordTrace(at(0), run);
  if (!sameStructure(base, again)) {
    fail('trace/random', {
      subject,
      expected: 'the same calls at every run of one size',
      got: `${base.calls.length} calls, then ${again.calls.length} others`,
      advice: 'Trace in inference mode, without steps chosen at random or remembered from earlier runs',
    });
  }
  const random = firstRandom(base, again);
  if (random !== undefined) {
    fail('trace/random', {
      subject: random.scope === '' ? subject : `layer '${random.scope}'`,
      expected: 'the same numbers at every run of one size',
      got: `others in the second call of ${random.kernel}`,
      advice: 'Give random steps a seed, or leave them outside the model',
    });
  }
  const others: TraceLog[] = [];
  if (plan.size > 0) {
    for (let k = 1; k < TRACES; k++) others.push(recordTrace(at(k), run));
    const sample = sampleSpecs(inputs);
    if (sample !== undefined) others.push(recordTrace(sample, run));
  }
  return mergeTraces([base, ...others], again);
}

function shapeText({ shape }: InputSpec): string {
  return `[${shape.map((size) => (typeof size === 'number' ? size : '?')).join(',')}]`;
}
