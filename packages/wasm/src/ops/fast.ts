import * as tf from '@tensorflow/tfjs';
import { engineOf } from '../engine/engine.js';
import { isEnabled } from '../engine/settings.js';

/** Whether kernels of this package run at the moment. */
export function isFast(): boolean {
  return isEnabled() && tf.getBackend() === 'wasm' && engineOf(tf.backend()) !== undefined;
}
