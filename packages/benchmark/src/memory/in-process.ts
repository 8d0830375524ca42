import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  isGraphModel,
  isLayersModel,
  isModel,
  type ModelInputs,
  type Progress,
} from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { runnerOf, type Runner } from '../measure/runner.js';
import { watchKernels } from '../profile/kernels.js';
import type { MemoryRecord } from '../record/profile.js';

/** Options of {@link memoryInProcess}. */
export interface InProcessOptions {
  readonly calls: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((event: Progress) => void) | undefined;
}

/** Tensors and their bytes, as `tf.memory()` counts them. */
export interface Held {
  readonly bytes: number;
  readonly tensors: number;
}

/** What {@link measureMemory} tells of calls in this process. */
export async function memoryInProcess(
  candidate: Candidate,
  inputs: ModelInputs,
  { calls, signal, progress }: InProcessOptions,
): Promise<MemoryRecord> {
  const runner = runnerOf(candidate, inputs);
  await tf.ready();
  // Uploaded anew, so that the weights of a model that ran before are counted, too.
  if (isModel(candidate)) candidate.dispose();
  const before = held();
  await runner.call();
  const start = held();
  const ofFirstCall = minus(start, before);
  const own = weightsOf(candidate);
  const peaks: Held[] = [];
  for (let call = 1; call <= calls; call++) {
    await breathe(signal, 'measuring memory');
    peaks.push(await peakOfCall(runner));
    progress?.({ task: 'memory', done: call, total: calls });
  }
  const leaked = minus(held(), start);
  return {
    heldBytes: Math.max(0, ofFirstCall.bytes + own.bytes),
    heldTensors: Math.max(0, ofFirstCall.tensors + own.tensors),
    peakBytes: Math.max(...peaks.map(({ bytes }) => bytes)),
    peakTensors: Math.max(...peaks.map(({ tensors }) => tensors)),
    leakedBytes: leaked.bytes / calls,
    leakedTensors: leaked.tensors / calls,
    ...wasmHeap(),
  };
}

function held(): Held {
  const { numBytes, numTensors } = tf.memory();
  return { bytes: numBytes, tensors: numTensors };
}

function minus(a: Held, b: Held): Held {
  return { bytes: a.bytes - b.bytes, tensors: a.tensors - b.tensors };
}

/** Weights that are there before the first call; a `Model` makes its tensors in that call. */
function weightsOf(candidate: Candidate): Held {
  const weights: readonly { readonly dtype: tf.DataType; readonly shape: readonly (number | null)[] }[] =
    isLayersModel(candidate)
      ? candidate.weights
      : isGraphModel(candidate)
        ? Object.values(candidate.weights).flat()
        : [];
  const bytes = weights.reduce(
    (sum, { dtype, shape }) => sum + shape.reduce<number>((a, b) => a * (b ?? 1), bytesOf(dtype)),
    0,
  );
  return { bytes, tensors: weights.length };
}

/** As `tf.memory()` counts an element; strings it counts when it sees them. */
function bytesOf(dtype: tf.DataType): number {
  return dtype === 'string' || dtype === 'complex64' ? 0 : tf.util.bytesPerElement(dtype);
}

/** The most that is held beyond what was held before, looked at whenever a kernel has run. */
export async function peakOfCall(runner: Runner): Promise<Held> {
  const before = held();
  let peak: Held = { bytes: 0, tensors: 0 };
  const look = (): void => {
    const { bytes, tensors } = minus(held(), before);
    peak = { bytes: Math.max(peak.bytes, bytes), tensors: Math.max(peak.tensors, tensors) };
  };
  const unwatch = watchKernels(look);
  try {
    const outputs = await runner.run();
    look();
    await runner.finish(outputs);
  } finally {
    unwatch();
  }
  return peak;
}

/** The wasm backend does not tell its memory's size, but holds its module. */
export function wasmHeap(): { readonly wasmHeapBytes?: number } {
  if (tf.getBackend() !== 'wasm') return {};
  const { wasm } = tf.backend() as { readonly wasm?: { readonly HEAPU8?: Uint8Array } };
  return wasm?.HEAPU8 === undefined ? {} : { wasmHeapBytes: wasm.HEAPU8.buffer.byteLength };
}
