import * as tf from '@tensorflow/tfjs';
import { engineOf, type Engine } from '../engine/engine.js';
import { isEnabled } from '../engine/settings.js';
import { warnOnce } from '../engine/warn.js';
import { formOn } from './integer-form.js';

/**
 * What our kernels give on the present backend, or else references, which is said once. Of a wasm backend without kernels
 * of ours, and of one whose memory is full, another warning has told already.
 */
export function oursOr<T>(ours: (engine: Engine) => T | undefined, references: () => T): T {
  const isWasm = tf.getBackend() === 'wasm';
  const engine = isWasm && isEnabled() ? engineOf(tf.backend()) : undefined;
  let isDeclined = false;
  const result = engine?.attempt(() => {
    const given = ours(engine);
    isDeclined = given === undefined;
    return given;
  });
  if (result !== undefined) return result;
  // They refuse what is wrong, and then nothing ran.
  const instead = references();
  if (!isWasm) tell(`the backend is ${tf.getBackend()} now`);
  else if (engine !== undefined && isDeclined) {
    const isCompiled = formOn(engine) !== undefined;
    tell(
      isCompiled
        ? 'our kernels do not take inputs of these shapes or values'
        : 'this engine does not compile our kernels here',
    );
  }
  return instead;
}

function tell(why: string): void {
  warnOnce(`int8 ops run by their references, which are slow: ${why}.`);
}
