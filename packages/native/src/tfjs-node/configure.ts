import { checkOptions, fail, optionKinds, type OptionKind } from '@tfjs-optimize/core';
import { isLoaded } from './load.js';

/** What TensorFlow is told before it is loaded. What is left out stays as it is. */
export interface NativeSettings {
  /** Threads that one op may use, at least 1; as many as the machine has cores unless told. */
  readonly intraOpThreads?: number | undefined;
  /** Ops that a session may run side by side, at least 1; as many as the machine has cores unless told. */
  readonly interOpThreads?: number | undefined;
  /** Whether memory of GPUs is taken as it is needed, not all of it at the start. */
  readonly gpuMemoryGrowth?: boolean | undefined;
  /** The GPUs that TensorFlow sees, by their numbers; none of them where the list is empty. */
  readonly visibleGpus?: readonly number[] | undefined;
}

const isNumberOfGpu = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

const gpus: OptionKind = {
  expected: 'a list of different whole numbers from 0 up',
  fits: (value) => Array.isArray(value) && value.every(isNumberOfGpu) && new Set(value).size === value.length,
};

const { whole, flag } = optionKinds;
const KINDS = { intraOpThreads: whole, interOpThreads: whole, gpuMemoryGrowth: flag, visibleGpus: gpus };

/**
 * Sets threads and GPUs of TensorFlow for this process. tfjs-node has no calls for them: they are environment
 * variables, which TensorFlow reads when it is loaded. So call it before `@tensorflow/tfjs-node` is imported and before
 * {@link compile}, and on the main thread: the environment of a worker is a copy, which TensorFlow does not see.
 *
 * @returns the variables that were set.
 * @throws `native/late` where tfjs-node is loaded already, `argument/invalid`; nothing is set then.
 */
export function configure(settings: NativeSettings): Readonly<Record<string, string>> {
  checkOptions<NativeSettings>(settings, KINDS);
  if (isLoaded()) {
    fail('native/late', {
      subject: 'configure',
      expected: 'to be called before tfjs-node is loaded, for TensorFlow reads its settings once',
      got: "a process whose backend 'tensorflow' is there already",
      advice: 'Call it first, and import @tensorflow/tfjs-node, if at all, by await import() behind it',
    });
  }
  const set = variablesOf(settings);
  Object.assign(process.env, set);
  return set;
}

/** The environment variables that TensorFlow, or CUDA, reads. */
function variablesOf(settings: NativeSettings): Readonly<Record<string, string>> {
  const { intraOpThreads, interOpThreads, gpuMemoryGrowth, visibleGpus } = settings;
  return {
    ...(intraOpThreads !== undefined && { TF_NUM_INTRAOP_THREADS: String(intraOpThreads) }),
    ...(interOpThreads !== undefined && { TF_NUM_INTEROP_THREADS: String(interOpThreads) }),
    ...(gpuMemoryGrowth !== undefined && { TF_FORCE_GPU_ALLOW_GROWTH: String(gpuMemoryGrowth) }),
    // CUDA stops at the first number that is no device.
    ...(visibleGpus !== undefined && { CUDA_VISIBLE_DEVICES: visibleGpus.join() || '-1' }),
  };
}
