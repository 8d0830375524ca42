import * as tf from '@tensorflow/tfjs';
import {
  asyncNodeOf,
  fail,
  finish,
  inferenceMemory,
  localSampler,
  throwIfAborted,
  valuesOfOutputs,
  type Clock,
  type InferenceMemory,
  type Model,
  type ModelInputs,
} from '@tfjs-optimize/core';
import { compareSides, comparisonLimits, type ComparedSide } from '../compare/compare-sides.js';
import { localSide } from '../compare/side.js';
import { firstCall } from '../measure/first-call.js';
import type { TimingOptions } from '../measure/measure.js';
import { namedInputs } from '../measure/runner.js';
import type { Comparison } from '../record/measurement.js';
import { withModel, type ModelLike } from '../with-model.js';

/** What recording for gradients costs. */
export interface GradientModeComparison {
  /** `gradient mode` is the baseline, `inference mode` is held against it. */
  readonly comparison: Comparison;
  /** What is held after a call in either mode. */
  readonly memory: InferenceMemory;
}

/**
 * Holds a model's plain call (inference mode) against its call while gradients are recorded (gradient mode, the
 * forward pass of training): time, by turns, and tensors and bytes held afterwards. TensorFlow.js keeps every
 * value that a backward pass might read until the recording ends; a plain call keeps its outputs. While it
 * records, it also takes fused ops with an activation apart, so that these become slower.
 *
 * No backward pass is run, so that models whose ops have no gradients can be measured.
 *
 * @param inputs as the model takes them; they stay the caller's.
 * @throws `argument/invalid` for functions, and for models that have to be awaited, which cannot be recorded;
 *   `model/input`, `aborted`.
 */
export async function compareGradientMode(
  candidate: ModelLike,
  inputs: ModelInputs,
  options: TimingOptions = {},
): Promise<GradientModeComparison> {
  const limits = comparisonLimits('gradient mode', options);
  return withModel(candidate, 'gradient mode', async (model) => {
    requireAtOnce(model);
    const named = namedInputs(model, inputs);
    await tf.ready();
    throwIfAborted(options.signal, 'gradient mode');
    const memory = inferenceMemory(model, named);
    const unused = tf.tidy(() => tf.variable(tf.scalar(1)));
    try {
      const plain = localSide('inference mode', model, named, options);
      const taped = { ...plain, ...gradientMode(model, named, unused, options.clock) };
      return { memory, comparison: await compareSides([taped, plain], limits, {}) };
    } finally {
      unused.dispose();
    }
  });
}

function requireAtOnce({ graph }: Model): void {
  const node = asyncNodeOf(graph);
  if (node === undefined) return;
  fail('argument/invalid', {
    subject: 'gradient mode',
    expected: 'a model without control flow, hash tables and sizes that depend on values',
    got: `node '${node.name}' (${node.op})`,
  });
}

/** What differs from a plain call while gradients are recorded. */
function gradientMode(
  model: Model,
  inputs: ModelInputs,
  unused: tf.Variable,
  clock: Clock | undefined,
): Pick<ComparedSide, 'name' | 'firstCall' | 'sampler' | 'kernelTimes'> {
  const name = 'gradient mode';
  const keys = model.signature.outputs.map(({ key }) => key);
  const call = () => finish(recorded(model, inputs, unused));
  const outputs = async () => {
    const tensors = recorded(model, inputs, unused);
    try {
      return await valuesOfOutputs(tensors, keys);
    } finally {
      tf.dispose(tensors);
    }
  };
  return {
    name,
    firstCall: () => firstCall({ call, outputs }, name),
    sampler: localSampler(call, clock),
    // Timers of a backend cannot follow a recording.
    kernelTimes: () => Promise.resolve(undefined),
  };
}

/**
 * Outputs of a call inside TensorFlow.js' gradient tape. The loss reads a variable of its own: all ops are
 * recorded, and none is gone back over.
 */
function recorded(model: Model, inputs: ModelInputs, unused: tf.Variable): tf.Tensor[] {
  let outputs: tf.Tensor[] = [];
  const { value, grads } = tf.variableGrads(() => {
    outputs = model.run(inputs).map((output) => tf.keep(output));
    return tf.square<tf.Scalar>(unused as unknown as tf.Scalar);
  }, [unused]);
  tf.dispose([value, grads]);
  return outputs;
}
