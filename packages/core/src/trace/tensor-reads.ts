import * as tf from '@tensorflow/tfjs';
import { patchMethod } from './patch.js';

/** Methods of tensors that give their values to JavaScript. */
const READS = [
  'dataSync',
  'arraySync',
  'bufferSync',
  'data',
  'array',
  'buffer',
  'bytes',
  'dataToGPU',
  'print',
  'toString',
] as const;

/** Those of them that give a promise. */
const PROMISES: readonly string[] = ['data', 'array', 'buffer', 'bytes'];

type Read = (this: tf.Tensor, ...args: unknown[]) => unknown;

/**
 * Calls back before values of any tensor are read, with the method the code called, until the function
 * returned is called. An error that the callback throws comes out of the method at once; but methods
 * that give promises then give one that never settles, for nobody may handle its rejection, which would
 * end the process.
 */
export function watchReads(onRead: (tensor: tf.Tensor, method: string) => void): () => void {
  const prototype = tf.Tensor.prototype as unknown as Record<string, Read>;
  const undo = READS.flatMap((method) => {
    const original = prototype[method];
    if (original === undefined) return [];
    const replacement: Read = function (...args) {
      const read = (): unknown => {
        onRead(this, method);
        return original.apply(this, args);
      };
      return PROMISES.includes(method) ? quietly(read) : read();
    };
    return [patchMethod(prototype, method, replacement)];
  });
  return () => {
    while (undo.length > 0) undo.pop()?.();
  };
}

/** What work gives; a promise that never settles if it throws. */
export function quietly<T>(work: () => T): T | Promise<never> {
  try {
    return work();
  } catch {
    return new Promise(() => undefined);
  }
}
