import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

/** Backends on which the references are tried. */
export const BACKENDS = ['cpu', 'wasm'] as const;

/** Makes a backend the current one. */
export async function useBackend(name: (typeof BACKENDS)[number]): Promise<void> {
  if (name === 'wasm') {
    const folder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
    setWasmPaths(`${path.join(folder, 'wasm-out')}${path.sep}`);
  }
  if (!(await tf.setBackend(name))) throw new Error(`backend ${name}: expected to start, got a refusal`);
}
