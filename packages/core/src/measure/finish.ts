import * as tf from '@tensorflow/tfjs';

/** Backends whose ops have been computed when the call returns. */
const SYNCHRONOUS = new Set(['cpu', 'wasm', 'tensorflow']);

/**
 * Whether ops on the present backend go on after their call has returned, as on WebGL and WebGPU, so that
 * one has to wait for values.
 */
export function finishesLater(): boolean {
  return !SYNCHRONOUS.has(tf.getBackend());
}

/**
 * Waits until the values of all outputs can be read, reads them and disposes of the outputs. A run that is
 * timed counts until then. On backends that compute at once this is done on return, without a promise,
 * which would cost a tick.
 */
export function finish(outputs: readonly tf.Tensor[]): void | Promise<void> {
  if (finishesLater()) return finishLater(outputs);
  try {
    for (const output of outputs) output.dataSync();
  } finally {
    for (const output of outputs) output.dispose();
  }
}

async function finishLater(outputs: readonly tf.Tensor[]): Promise<void> {
  try {
    await Promise.all(outputs.map((output) => output.data()));
  } finally {
    for (const output of outputs) output.dispose();
  }
}
