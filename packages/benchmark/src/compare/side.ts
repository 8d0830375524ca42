import { localSampler, type Clock, type Port, type ModelInputs, type Sampler } from '@tfjs-optimize/core';
import { describeMachine } from '../machine.js';
import type { Candidate } from '../measure/candidate.js';
import { firstCall, type FirstCall } from '../measure/first-call.js';
import { kernelTimes } from '../measure/kernel-times.js';
import { inputPorts } from '../measure/ports.js';
import { runnerOf } from '../measure/runner.js';
import { memoryInProcess } from '../memory/in-process.js';
import type { Distribution, InputRecord, Machine } from '../record/measurement.js';
import type { MemoryRecord } from '../record/profile.js';

/** What a candidate runs on. */
export interface Surroundings {
  readonly machine: Machine;
  readonly inputs: readonly InputRecord[];
  readonly examples: number;
}

/** One candidate of a comparison, in this process or in another. */
export interface Side {
  readonly name: string;
  /** The inputs that it takes; none are known of functions. */
  readonly ports: readonly Port[] | undefined;
  /** Checks the inputs and makes it ready to run on them. */
  prepare(): Promise<Surroundings>;
  firstCall(): Promise<FirstCall>;
  readonly sampler: Sampler;
  kernelTimes(): Promise<Distribution | undefined>;
  /** What it holds and leaves behind, looked at over a number of calls; of a process of its own its peak, too. */
  memory(calls: number): Promise<MemoryRecord>;
  /** Frees what was made for it. */
  close(): Promise<void>;
}

/** Options of {@link localSide}. */
export interface LocalOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** Frees what was loaded for the side. */
  readonly dispose?: () => void;
}

/** A side in this process. */
export function localSide(
  name: string,
  candidate: Candidate,
  inputs: ModelInputs,
  options: LocalOptions = {},
): Side {
  let runner: ReturnType<typeof runnerOf> | undefined;
  const prepared = () => (runner ??= runnerOf(candidate, inputs));
  return {
    name,
    ports: inputPorts(candidate),
    async prepare() {
      const { inputs: records, examples } = prepared();
      return { machine: await describeMachine(), inputs: records, examples };
    },
    firstCall: () => firstCall(prepared(), name),
    sampler: localSampler(() => prepared().call(), options.clock),
    kernelTimes: () => kernelTimes(prepared(), options.signal),
    memory: (calls) => memoryInProcess(candidate, inputs, { calls, signal: options.signal }),
    close: () => Promise.resolve(options.dispose?.()),
  };
}
