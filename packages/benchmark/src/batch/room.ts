import * as tf from '@tensorflow/tfjs';
import { wasmHeap } from '../memory/in-process.js';

/** How many bytes of tensors there is room for, and whose room that is. */
export interface Room {
  readonly bytes: number;
  readonly of: string;
}

/** A WebAssembly memory has addresses of 32 bits. */
const WASM_BYTES = 2 ** 32;

/**
 * Room that is left on the present backend. That of graphics processors is not known: they page, or fail
 * with an error.
 * @param machineBytes memory of the machine; 0 where it is not known.
 */
export function roomLeft(machineBytes: number): Room {
  const backend = tf.getBackend();
  const held = tf.memory().numBytes;
  if (backend === 'wasm')
    return { bytes: wasmRoom(wasmHeap().wasmHeapBytes ?? 0, held), of: 'the wasm backend' };
  const isLocal = (backend === 'cpu' || (backend === 'tensorflow' && !onGpu())) && machineBytes > 0;
  return { bytes: isLocal ? machineBytes - held : Infinity, of: 'this machine' };
}

/** Whether tfjs-node computes on a graphics processor, whose memory is not the machine's. */
function onGpu(): boolean {
  return (tf.backend() as { readonly isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

/**
 * A WebAssembly memory only ever grows, and what is free within it lies in pieces. So there is room for what
 * fits behind its end, a twentieth being left to what kernels take meanwhile, and in any case for half of
 * what is free.
 */
export function wasmRoom(heapBytes: number, heldBytes: number): number {
  return Math.max(0.95 * WASM_BYTES - heapBytes, (WASM_BYTES - heldBytes) / 2);
}
