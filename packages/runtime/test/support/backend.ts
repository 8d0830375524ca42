import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { needTfjsNode, type Skippable } from '@tfjs-optimize/testing';

/** Backends on which the references are tried; `tensorflow` is that of tfjs-node. */
export const BACKENDS = ['cpu', 'wasm', 'tensorflow'] as const;

/** Makes a backend the current one; skips, visibly counted, where tfjs-node is not installed. */
export async function useBackend(name: (typeof BACKENDS)[number], context: Skippable): Promise<void> {
  if (name === 'wasm') {
    const folder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
    setWasmPaths(`${path.join(folder, 'wasm-out')}${path.sep}`);
  }
  if (name === 'tensorflow') await needTfjsNode(context);
  if (!(await tf.setBackend(name))) throw new Error(`backend ${name}: expected to start, got a refusal`);
}
