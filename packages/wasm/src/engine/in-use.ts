import * as tf from '@tensorflow/tfjs';
import { engineOf } from './engine.js';
import type { Build } from './binary.js';
import { isEnabled } from './settings.js';

/**
 * Which SIMD instructions the kernels of this package use on the current backend; undefined where they do not run,
 * because it is not the wasm backend, lacks what they need, or they are switched off.
 */
export function simdInUse(): Build | undefined {
  return tf.getBackend() === 'wasm' && isEnabled() ? engineOf(tf.backend())?.build : undefined;
}
