import * as tf from '@tensorflow/tfjs';
import {
  backend,
  BACKEND_NAMES,
  checkInputs,
  fail,
  type BackendName,
  type Model,
  type ModelInputs,
} from '@tfjs-optimize/core';
import type { Named } from './measure.js';

/** Names under which TensorFlow itself is had, of which a process holds one. */
const OF_TENSORFLOW: readonly BackendName[] = ['tfjs-node-gpu', 'tfjs-node'];

/**
 * Backends to measure on, each once.
 * @throws `argument/invalid`, `argument/missing`.
 */
export function checkBackends(names: readonly BackendName[] = BACKEND_NAMES): readonly BackendName[] {
  const unknown = names.find((name) => !BACKEND_NAMES.includes(name));
  if (unknown !== undefined) {
    fail('argument/invalid', {
      subject: 'backends',
      expected: BACKEND_NAMES.join(', '),
      got: `'${unknown as string}'`,
    });
  }
  if (names.length === 0) {
    fail('argument/missing', { subject: 'backends', expected: 'at least one', got: 'none' });
  }
  return [...new Set(names)];
}

/** Whether a backend is TensorFlow, where models run in sessions. */
export function isTensorFlow(name: BackendName): boolean {
  return OF_TENSORFLOW.includes(name);
}

/** Puts a backend to use; the reason where it is not there. */
export async function enter(
  name: BackendName,
): Promise<{ readonly gpu: boolean } | { readonly reason: string }> {
  const { outcome, reason, gpu } = await backend.attempt(name);
  return outcome === 'used' ? { gpu } : { reason };
}

/** Inputs that can be put on any backend. */
export interface HeldInputs {
  /** Their tensors on the backend in use, which the caller disposes of. */
  here(): Named;
}

/** Reads inputs once. */
export async function holdInputs(model: Model, inputs: ModelInputs): Promise<HeldInputs> {
  const named = Object.entries(checkInputs(model.signature, inputs));
  const held = await Promise.all(
    named.map(async ([key, tensor]) => {
      const { shape, dtype } = tensor;
      return { key, shape, dtype, values: (await tensor.data()).slice() };
    }),
  );
  return {
    here: () =>
      Object.fromEntries(held.map(({ key, shape, dtype, values }) => [key, tf.tensor(values, shape, dtype)])),
  };
}
