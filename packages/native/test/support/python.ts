import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import type { Skippable } from '@tfjs-optimize/testing';
import type { Answer, Inputs } from './saved-model.js';

/** A SavedModel and what it is to answer. */
export interface PythonRequest {
  readonly path: string;
  readonly inputs: readonly Inputs[];
}

/** What Python made of it. */
export interface PythonAnswer {
  readonly answers: readonly Answer[];
  /** How many variables the loaded model has. */
  readonly variables: number;
}

/**
 * A Python with TensorFlow: what `TFJS_OPTIMIZE_PYTHON` names. Skips, visibly counted, where that is not set; a name
 * that is set and wrong fails.
 */
export function needPython(context: Skippable): string {
  return process.env['TFJS_OPTIMIZE_PYTHON'] ?? context.skip();
}

/** Loads SavedModels with Python's `tf.saved_model.load` and runs their signatures. */
export function runInPython(python: string, requests: readonly PythonRequest[]): readonly PythonAnswer[] {
  const script = path.join(__dirname, 'run_saved_model.py');
  const input = JSON.stringify(
    requests.map(({ path: folder, inputs }) => ({
      path: folder,
      runs: inputs.map((each) =>
        Object.fromEntries(
          Object.entries(each).map(([key, tensor]) => {
            const { dtype, shape } = tensor;
            return [key, { dtype, shape, data: Array.from(tensor.dataSync()) }];
          }),
        ),
      ),
    })),
  );
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' };
  const result = spawnSync(python, [script], { input, env, maxBuffer: 2 ** 30, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`${python} ended with ${result.status ?? String(result.error)}:\n${result.stderr}`);
  }
  const { models } = JSON.parse(result.stdout) as { readonly models: readonly PythonAnswer[] };
  return models;
}
