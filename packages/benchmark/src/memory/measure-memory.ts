import { fail, throwIfAborted, type ModelInputs, type Progress } from '@tfjs-optimize/core';
import { isolatedSides } from '../compare/isolated-side.js';
import { isLocation, open, type Location } from '../compare/location.js';
import type { Candidate } from '../measure/candidate.js';
import { nameOf } from '../measure/candidate.js';
import type { MemoryRecord } from '../record/profile.js';
import { memoryInProcess } from './in-process.js';

/** How {@link measureMemory} works. */
export interface MemoryOptions {
  /** Calls to look at, after one that fills caches; at least 1, 5 unless told. */
  readonly calls?: number;
  /**
   * Measures in a fresh process that holds nothing else, and so tells the peak memory of that. Unless told,
   * wherever it can: in Node, for models and for what is given by its location.
   */
  readonly isolate?: boolean;
  /** Modules that this process imports first, such as kernels: paths, URLs or names of installed packages. */
  readonly modules?: readonly string[];
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/**
 * Tells how much memory a candidate takes on the present backend: what it holds between calls, the most
 * that TensorFlow.js holds during a call, and what each call leaves behind. In a process of its own also
 * the most memory of that process, which includes Node and TensorFlow.js, and of WebAssembly's memory,
 * which only ever grows.
 *
 * Bytes of tensors are those of `tf.memory()`, looked at after every kernel: reshapes count again though
 * they share memory, and what a kernel takes for itself while it runs is seen by the process alone.
 *
 * @param inputs as {@link runnerOf} takes them; they stay the caller's.
 * @throws `argument/invalid` for calls below 1 and for functions with `isolate`; `model/input`;
 *   `compare/child`; `aborted`.
 */
export async function measureMemory(
  candidate: Candidate | Location,
  inputs: ModelInputs,
  options: MemoryOptions = {},
): Promise<MemoryRecord> {
  const { calls = 5, isolate = canIsolate(candidate), signal, progress } = options;
  if (!(Number.isSafeInteger(calls) && calls >= 1)) {
    fail('argument/invalid', {
      subject: 'calls',
      expected: 'a whole number of at least 1',
      got: String(calls),
    });
  }
  throwIfAborted(signal, 'measuring memory');
  if (isolate) return memoryOfChild(candidate, inputs, calls, options);
  const opened = isLocation(candidate) ? await open(candidate, signal) : undefined;
  try {
    const live = opened?.candidate ?? (candidate as Candidate);
    return await memoryInProcess(live, inputs, { calls, signal, progress });
  } finally {
    opened?.dispose();
  }
}

function canIsolate(candidate: Candidate | Location): boolean {
  const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';
  return isNode && typeof candidate !== 'function';
}

async function memoryOfChild(
  candidate: Candidate | Location,
  inputs: ModelInputs,
  calls: number,
  { modules, signal, progress }: MemoryOptions,
): Promise<MemoryRecord> {
  progress?.({ task: 'memory', message: 'in a process of its own', done: 0, total: 1 });
  const sides = await isolatedSides({ [nameOf(candidate)]: candidate }, inputs, {
    ...(modules === undefined ? {} : { modules }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const [record] = await Promise.all(sides.map((side) => side.memory(calls)));
    progress?.({ task: 'memory', message: 'in a process of its own', done: 1, total: 1 });
    return record as MemoryRecord;
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}
