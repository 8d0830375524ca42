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
