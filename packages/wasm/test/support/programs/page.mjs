// What a page computes with the package: results go to `found`.
import * as tf from '@tensorflow/tfjs';
import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { simdInUse } from '@tfjs-optimize/wasm';
import { collectWarnings, CORRECTED, differences, ours, PLAIN } from './probe.mjs';

async function compute() {
  const warnings = collectWarnings();
  setWasmPaths('/wasm/');
  setThreadsCount(2);
  const result = await differences({ ...PLAIN, ...CORRECTED });
  return {
    differences: result,
    backend: tf.getBackend(),
    simd: simdInUse() ?? 'none',
    threads: getThreadsCount(),
    isShared: !(tf.backend().wasm.HEAPU8.buffer instanceof ArrayBuffer),
    warnings,
    ours: ours(),
  };
}

globalThis.found = compute();
