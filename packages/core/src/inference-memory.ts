import * as tf from '@tensorflow/tfjs';
import type { Model, ModelInputs } from './model.js';
import { executorOf } from './run.js';

/** What TensorFlow.js holds, as `tf.memory()` counts it. */
export interface HeldMemory {
  readonly tensors: number;
  /** Pieces of memory behind the tensors; a clone shares one with its original. */
  readonly buffers: number;
  /** Bytes of the tensors; those of a clone count again. */
  readonly bytes: number;
}

/** What {@link inferenceMemory} found, counted after the run beyond what was held before it. */
export interface InferenceMemory {
  /** The outputs themselves. */
  readonly outputs: HeldMemory;
  /** Held after `model.run`: the outputs and nothing else, unless something leaks. */
  readonly plain: HeldMemory;
  /** Held after the same run while gradients are recorded: every activation that a backward pass reads. */
  readonly withTape: HeldMemory;
  /** The weights, which are on the backend before either run. */
  readonly weights: HeldMemory;
}

/**
 * Shows that running a model keeps no gradient bookkeeping: runs it once as it is and once under
 * TensorFlow.js' gradient tape, and counts what is held afterwards. Only the forward pass runs, so
 * ops without a gradient are no hindrance. Leaves no tensors behind but those of the weights.
 *
 * @param inputs inputs as {@link Model.run} takes them; they stay the caller's.
 * @throws `model/input`; `argument/invalid` for models that need `runAsync`, which no tape can record.
 */
export function inferenceMemory(model: Model, inputs: ModelInputs): InferenceMemory {
  // Uploaded anew, so that what the weights hold can be counted on a model that ran before, too.
  model.dispose();
  const before = held();
  executorOf(model).upload();
  const weights = difference(before, held());
  const plain = measureRun(model, inputs);
  let taped = plain;
  // The loss reads a variable of its own: TensorFlow.js records all ops, and goes back over none of the
  // model's, since no path leads from them to the loss.
  const zero = tf.scalar(0);
  const unused = tf.variable(zero);
  const { value, grads } = tf.variableGrads(() => {
    taped = measureRun(model, inputs);
    return unused.square();
  }, [unused]);
  tf.dispose([value, grads, unused, zero]);
  return { outputs: plain.outputs, plain: plain.held, withTape: taped.held, weights };
}

interface MeasuredRun {
  readonly outputs: HeldMemory;
  readonly held: HeldMemory;
}

function measureRun(model: Model, inputs: ModelInputs): MeasuredRun {
  const before = held();
  const outputs = model.run(inputs);
  const after = held();
  tf.dispose(outputs);
  return { outputs: difference(held(), after), held: difference(before, after) };
}

function held(): HeldMemory {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { tensors: numTensors, buffers: numDataBuffers, bytes: numBytes };
}

function difference(from: HeldMemory, to: HeldMemory): HeldMemory {
  return {
    tensors: to.tensors - from.tensors,
    buffers: to.buffers - from.buffers,
    bytes: to.bytes - from.bytes,
  };
}
