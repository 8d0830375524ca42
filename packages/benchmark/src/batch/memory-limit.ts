import * as tf from '@tensorflow/tfjs';
import { describeMachine } from '../machine.js';

/** How many bytes of tensors there is room for, and whose room that is. */
export interface MemoryLimit {
  readonly bytes: number;
  readonly of: string;
}

/** A WebAssembly memory has addresses of 32 bits; a tenth is left to gaps and to what kernels take meanwhile. */
const WASM_BYTES = 0.9 * 2 ** 32;

/** Of the present backend. That of graphics processors is not known: they page, or fail with an error. */
export async function memoryLimit(): Promise<MemoryLimit> {
  const backend = tf.getBackend();
  const { memoryBytes } = await describeMachine();
  const machine = memoryBytes > 0 ? memoryBytes : Infinity;
  if (backend === 'wasm') return { bytes: Math.min(WASM_BYTES, machine), of: 'the wasm backend' };
  const isLocal = backend === 'cpu' || backend === 'tensorflow';
  return { bytes: isLocal ? machine : Infinity, of: 'this machine' };
}
