import * as tf from '@tensorflow/tfjs';
import { engineOf } from './engine.js';
import type { Build } from './binary.js';

/**
 * Which SIMD instructions the kernels of this package use on the current backend; undefined where they do not run,
 * because it is not the wasm backend or lacks what they need.
 */
export function simdInUse(): Build | undefined {
  return tf.getBackend() === 'wasm' ? engineOf(tf.backend())?.build : undefined;
}

/**
 * In which form the int8 kernels of this package run on the current backend: by relaxed dot products of bytes, where the
 * engine has exact ones, or by those of 16 bits. Results are the same. Undefined where they do not run.
 */
export function integerForm(): Build | undefined {
  return tf.getBackend() === 'wasm' ? engineOf(tf.backend())?.integers.name : undefined;
}
