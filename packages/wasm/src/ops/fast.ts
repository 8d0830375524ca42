import * as tf from '@tensorflow/tfjs';
import { engineOf } from '../engine/engine.js';

/** Whether kernels of this package run at the moment. */
export function isFast(): boolean {
  return tf.getBackend() === 'wasm' && engineOf(tf.backend()) !== undefined;
}
