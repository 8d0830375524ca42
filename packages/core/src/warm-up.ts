import * as tf from '@tensorflow/tfjs';
import { fail, throwIfAborted } from './errors.js';
import type { Model, ModelInputs } from './model.js';
import type { Port } from './signature.js';

/** How a model is warmed up. */
export interface WarmUpOptions {
  /** Number of runs, at least 1; 1 unless told. */
  readonly runs?: number;
  /** Inputs to run on. Zeros unless given, unknown sizes taken as 1. */
  readonly inputs?: ModelInputs;
  readonly signal?: AbortSignal;
}

/**
 * Runs a model so that its weights are on the present backend, kernels are compiled and the first run
 * that counts is as fast as the next. Leaves no tensors behind but those of the weights.
 *
 * @throws `argument/invalid` where no inputs are given and zeros cannot be made: the rank of an input is
 *   unknown, or it holds strings.
 */
export async function warmUp(model: Model, options: WarmUpOptions = {}): Promise<void> {
  const { runs = 1, signal } = options;
  if (!Number.isInteger(runs) || runs < 1) {
    fail('argument/invalid', {
      subject: 'runs',
      expected: 'a whole number of at least 1',
      got: String(runs),
    });
  }
  await tf.ready();
  const zeros = options.inputs === undefined ? zerosFor(model.signature.inputs) : undefined;
  try {
    for (let i = 0; i < runs; i++) {
      throwIfAborted(signal, 'warming up');
      const outputs = await model.runAsync(options.inputs ?? zeros ?? []);
      for (const output of outputs) await output.data();
      tf.dispose(outputs);
    }
  } finally {
    if (zeros !== undefined) tf.dispose(zeros);
  }
}

function zerosFor(ports: readonly Port[]): tf.Tensor[] {
  const shapes = ports.map((port) => {
    if (port.shape !== undefined && port.dtype !== 'string') {
      return port.shape.map((size) => (size < 0 ? 1 : size));
    }
    return fail('argument/invalid', {
      subject: `input '${port.key}'`,
      expected: 'numbers of known rank, for which zeros can be made',
      got: port.shape === undefined ? 'an unknown rank' : 'strings',
      advice: 'Give inputs to warm up with',
    });
  });
  return ports.map(({ dtype }, i) => tf.zeros(shapes[i] as number[], dtype));
}
