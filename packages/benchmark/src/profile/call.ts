import * as tf from '@tensorflow/tfjs';
import {
  asyncNodeOf,
  executorOf,
  fail,
  finish,
  finishesLater,
  type Model,
  type ModelInputs,
} from '@tfjs-optimize/core';
import { watchKernels } from './kernels.js';

/** Times of one kernel of a call, in milliseconds after the call's start. */
export interface KernelTime {
  readonly kernel: string;
  /** Where the kernel before it ended: what passes until `startMs` is the executor's part. */
  readonly fromMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** One call of a model: from giving the inputs until the values of all outputs are there. */
export interface CallTimes {
  readonly ms: number;
  readonly kernels: readonly KernelTime[];
}

/** A model with its inputs, called plainly or with the times of its kernels taken. */
export interface ProfiledModel {
  plain(): void | Promise<void>;
  profiled(): CallTimes | Promise<CallTimes>;
}

/**
 * Takes the times of kernels on the present backend: by the clock where kernels return with their
 * results, by the backend's own timers where it works ahead of the program.
 * @throws `backend/no-timer` on a backend that works ahead and has no timers here.
 */
export function profiledModel(model: Model, inputs: ModelInputs): ProfiledModel {
  if (finishesLater()) requireTimer();
  const executor = executorOf(model);
  const isAsync = asyncNodeOf(model.graph) !== undefined;
  const plain = (): void | Promise<void> =>
    isAsync ? executor.runAsync(inputs).then(finish) : finish(executor.run(inputs));
  return finishesLater() ? byTimers(plain) : byClock(plain);
}

function byClock(plain: () => void | Promise<void>): ProfiledModel {
  const profiled = (): CallTimes | Promise<CallTimes> => {
    const kernels: KernelTime[] = [];
    const origin = performance.now();
    let last = origin;
    const unwatch = watchKernels(({ kernel, startMs, endMs }) => {
      kernels.push({ kernel, fromMs: last - origin, startMs: startMs - origin, endMs: endMs - origin });
      last = endMs;
    });
    return watched(plain, unwatch, () => ({ ms: performance.now() - origin, kernels }));
  };
  return { plain, profiled };
}

/** Work with what follows it, synchronous where the work is; the watch ends however the work ends. */
function watched<T>(work: () => void | Promise<void>, unwatch: () => void, result: () => T): T | Promise<T> {
  let pending: Promise<void> | undefined;
  try {
    const returned = work();
    if (returned instanceof Promise) pending = returned;
    else return result();
  } finally {
    if (pending === undefined) unwatch();
  }
  return pending.then(result).finally(unwatch);
}

type KernelEntry = Awaited<ReturnType<typeof tf.profile>>['kernels'][number];

/**
 * Lets TensorFlow.js ask the backend's timers for each kernel. They tell how long a kernel took, not
 * when it began, so kernels are laid end to end.
 */
function byTimers(plain: () => void | Promise<void>): ProfiledModel {
  const profiled = async (): Promise<CallTimes> => {
    const entries: KernelEntry[] = [];
    let ms = 0;
    const unwatch = watchKernels(() => {
      // The entry of the kernel that has just returned; ops around kernels have entries, too.
      const entry = tf.engine().state.activeProfile.kernels.at(-1);
      if (entry !== undefined) entries.push(entry);
    });
    const start = performance.now();
    try {
      await tf.profile(async () => {
        await plain();
        ms = performance.now() - start;
        return [];
      });
    } finally {
      unwatch();
    }
    return { ms, kernels: endToEnd(entries) };
  };
  return { plain, profiled };
}

function endToEnd(entries: readonly KernelEntry[]): KernelTime[] {
  let at = 0;
  return entries.map(({ name, kernelTimeMs }) => {
    if (typeof kernelTimeMs !== 'number') return failTimer(`no time of kernel ${name}`);
    const startMs = at;
    at += kernelTimeMs;
    return { kernel: name, fromMs: startMs, startMs, endMs: at };
  });
}

function requireTimer(): void {
  if (!tf.backend().timerAvailable()) failTimer('none here (a browser may hide them)');
}

function failTimer(got: string): never {
  return fail('backend/no-timer', {
    subject: `profile on backend '${tf.getBackend()}'`,
    expected:
      'timers of kernels, since this backend works ahead of the program and a clock would only see it queue them',
    got,
    advice: 'Profile on wasm or cpu, or measure whole calls with measure()',
  });
}
