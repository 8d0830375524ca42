import * as tf from '@tensorflow/tfjs';
import type { Build } from '../engine/binary.js';
import { engineOf } from '../engine/engine.js';
import { isEnabled } from '../engine/settings.js';
import { formOn } from './integer-form.js';

/**
 * In which form the int8 kernels of this package run on the current backend: by relaxed dot products of bytes, where the
 * engine has exact ones, or by those of 16 bits. Results are the same. Undefined where they do not run.
 */
export function integerForm(): Build | undefined {
  const engine = tf.getBackend() === 'wasm' && isEnabled() ? engineOf(tf.backend()) : undefined;
  return engine && formOn(engine)?.name;
}
