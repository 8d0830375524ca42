import type * as tf from '@tensorflow/tfjs';
import { fail } from './errors.js';
import type { Model, ModelInputs } from './model.js';

/** What runs a model: TensorFlow.js' own graph executor, made on first use. */
export interface Executor {
  run(inputs: ModelInputs): tf.Tensor[];
}

/** The executor of a model; one per model, made on first use. */
export function executorOf(model: Model): Executor {
  return fail('internal', {
    subject: 'executorOf',
    expected: 'an executor',
    got: `none for ${model.graph.size} nodes`,
  });
}
