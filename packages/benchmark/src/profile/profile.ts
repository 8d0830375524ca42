import { fail, interleave, throwIfAborted, type ModelInputs, type Progress } from '@tfjs-optimize/core';
import { describeMachine } from '../machine.js';
import type { ProfileRecord } from '../record/profile.js';
import { withModel, type ModelLike } from '../with-model.js';
import { summarize } from './aggregate.js';
import { planOfCall } from './attribution.js';
import { profiledModel, type CallTimes } from './call.js';

/** How {@link profile} works. */
export interface ProfileOptions {
  /**
   * Calls to profile, and as many that are not, in turns; at least 1. Unless told, as many as fit into
   * 2 seconds each, from 10 to 200.
   */
  readonly calls?: number;
  /** Milliseconds for which either kind of call runs before any counts; 1000 unless told. */
  readonly warmUpMs?: number;
  /** Orders the turns. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/**
 * Tells where the time of a model goes: by node with its kernels, by op and by layer, on the present
 * backend. Profiled and plain calls run in turns, so that the nodes' sum can be held against what the
 * model takes when nobody looks.
 *
 * The time of a node is that of its kernels and of what TensorFlow.js' executor does from the end of the
 * kernel before; nodes that call no kernel (constants, shapes) count for the next one that does, except
 * for those that compute in JavaScript (non-maximum suppression, hash tables), which have the time from
 * one kernel to the next. Reading the outputs belongs to no node. A node inside a loop has the sum of its turns. A layers model is traced
 * first and profiled as the graph that it becomes, with its layers' names.
 *
 * Nodes that a backend runs as one, as the kernels for wasm do with connected int8 ops, are one node here, whose
 * `members` tells their names; where they are of several layers, so is the time, and those layers have none of their own
 * from it.
 *
 * On backends that work ahead of the program (WebGL, WebGPU) times of kernels come from the backend's own
 * timers and hold nothing of the executor.
 *
 * @param inputs as `Model.run` takes them; they stay the caller's.
 * @throws `argument/invalid` for a function or calls below 1, `model/input`, `model/run`,
 *   `backend/no-timer`, `aborted`.
 */
export async function profile(
  candidate: ModelLike,
  inputs: ModelInputs,
  options: ProfileOptions = {},
): Promise<ProfileRecord> {
  const { calls, warmUpMs = 1000, seed = 1, signal, progress } = options;
  checkCalls(calls);
  throwIfAborted(signal, 'profile');
  return withModel(candidate, 'profile', async (model) => {
    const profiled: CallTimes[] = [];
    const plan = await planOfCall(model, inputs);
    const session = profiledModel(model, inputs);
    const times = await interleave(
      {
        plain: () => session.plain(),
        profiled: () => {
          const call = session.profiled();
          return call instanceof Promise ? call.then((done) => profiled.push(done)) : profiled.push(call);
        },
      },
      {
        seed,
        warmUpMs,
        // Every call is a sample: calls are told apart.
        minSampleMs: 0,
        minRounds: calls ?? 10,
        maxRounds: calls ?? 200,
        ...(signal === undefined ? {} : { signal }),
        progress: (message, done, total) => progress?.({ task: 'profile', message, done, total }),
      },
    );
    const { samples } = times.plain;
    return summarize(model, plan, samples, profiled.slice(-samples.length), await describeMachine());
  });
}

function checkCalls(calls: number | undefined): void {
  if (calls === undefined || (Number.isSafeInteger(calls) && calls >= 1)) return;
  fail('argument/invalid', {
    subject: 'calls',
    expected: 'a whole number of at least 1',
    got: String(calls),
  });
}
