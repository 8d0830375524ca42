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

type Read = (this: tf.Tensor, ...args: unknown[]) => unknown;

/**
 * Calls back before values of any tensor are read, with the method the code called, until the function
 * returned is called. An error that the callback throws comes out of the method at once, also of those
 * that return promises: nobody may be waiting for these.
 */
export function watchReads(onRead: (tensor: tf.Tensor, method: string) => void): () => void {
  const prototype = tf.Tensor.prototype as unknown as Record<string, Read>;
  const undo = READS.flatMap((method) => {
    const original = prototype[method];
    if (original === undefined) return [];
    const replacement: Read = function (...args) {
      onRead(this, method);
      return original.apply(this, args);
    };
    return [patchMethod(prototype, method, replacement)];
  });
  return () => {
    while (undo.length > 0) undo.pop()?.();
  };
}
