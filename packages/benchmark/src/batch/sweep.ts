import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  fail,
  interleave,
  isOptimizeError,
  type ModelInputs,
  type OutputValues,
  type Timing,
} from '@tfjs-optimize/core';
import { DEFAULT_TOLERANCE } from '../compare/same.js';
import { comparisonLimits } from '../compare/compare-sides.js';
import { describeMachine } from '../machine.js';
import type { Candidate } from '../measure/candidate.js';
import type { TimingOptions } from '../measure/measure.js';
import { runnerOf, type Runner } from '../measure/runner.js';
import { peakOfCall } from '../memory/in-process.js';
import type { BatchSweepRecord } from '../record/profile.js';
import { examplesOf, type Batch, type Examples } from './examples.js';
import { roomLeft } from './room.js';
import { requireRows, requireSameRows } from './same-rows.js';

/** Options of {@link sweepBatches}. */
export interface SweepOptions extends TimingOptions {
  /** Batch sizes; 1, 2, 4, … 64 unless told. */
  readonly sizes?: readonly number[];
  /** Largest difference of an example's outputs from batch to batch that counts as the same; see `compare`. */
  readonly tolerance?: number;
}

/** Of throughputs this near the best, the smallest batch is as good: it answers sooner and takes less memory. */
const NEAR_BEST = 0.95;

/**
 * Measures throughput and latency at several batch sizes, all by turns, and finds the smallest batch that comes
 * within 5 % of the best throughput. First each size runs once: it has to give for each example what that gave
 * before. Sizes that cannot run are told with the reason: a model for a fixed number of examples, memory, an
 * error of a kernel. The memory that a size takes is foretold from that of the sample and compared with what there is, since a wasm backend that has run out of memory cannot be used again. Where a size runs out of memory all the same, as on graphics processors, larger ones are not tried.
 *
 * Warm-up (500 ms), time (1000 ms) and rounds (at least 5) are for each size, unless told.
 *
 * @param sample one example (a first axis of 1), or several, which are taken by turns. They stay the caller's.
 * @throws `batch/axis` for what has no axis of examples; `model/run` where no size runs; `model/input`,
 *   `argument/invalid`, `aborted`.
 */
export async function sweepBatches(
  candidate: Candidate,
  sample: ModelInputs,
  options: SweepOptions = {},
): Promise<BatchSweepRecord> {
  const { sizes = [1, 2, 4, 8, 16, 32, 64], tolerance = DEFAULT_TOLERANCE, ...timing } = options;
  const ascending = checkSizes(sizes);
  const limits = comparisonLimits('batches', {
    warmUpMs: 500,
    ...(timing.runs === undefined && { timeMs: 1000, minRounds: Math.min(5, timing.maxRounds ?? 5) }),
    ...timing,
    tolerance,
  });
  await tf.ready();
  const examples = examplesOf(candidate, sample);
  const tried = new Trials(candidate, examples, {
    tolerance,
    machineBytes: (await describeMachine()).memoryBytes,
  });
  try {
    await tried.reference();
    for (const size of ascending) {
      await breathe(options.signal, 'trying batch sizes');
      options.progress?.({ task: 'batches', message: `trying a batch of ${size}` });
      await tried.try(size);
    }
    tried.requireOne();
    const sides = Object.fromEntries([...tried.running].map(([size, runner]) => [nameOf(size), runner.call]));
    const times = await interleave(sides, limits);
    return recordOf([...tried.running.keys()], times, tried.failed);
  } finally {
    tried.dispose();
  }
}

function checkSizes(sizes: readonly number[]): number[] {
  const bad = sizes.find((size) => !Number.isSafeInteger(size) || size < 1);
  if (bad !== undefined || sizes.length === 0) {
    fail(sizes.length === 0 ? 'argument/missing' : 'argument/invalid', {
      subject: 'sizes',
      expected: 'at least one whole number from 1 on',
      got: sizes.length === 0 ? 'none' : String(bad),
    });
  }
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** Batches that were run once, ready to be timed. */
class Trials {
  readonly running = new Map<number, Runner>();
  readonly failed: { readonly size: number; readonly reason: string }[] = [];
  private readonly batches: Batch[] = [];
  private expected: readonly OutputValues[] = [];
  private bytesPerExample = 0;
  /** The size that ran out of memory. */
  private tooLarge: number | undefined;
  private cause: unknown;

  constructor(
    private readonly candidate: Candidate,
    private readonly examples: Examples,
    private readonly bounds: { readonly tolerance: number; readonly machineBytes: number },
  ) {}

  /** Runs the examples as they were given, to know what they give and how much memory they take. */
  async reference(): Promise<void> {
    const { count } = this.examples;
    const before = tf.memory().numBytes;
    const batch = this.examples.batch(count);
    const given = tf.memory().numBytes - before;
    try {
      const runner = runnerOf(this.candidate, batch.inputs);
      this.expected = await runner.outputs();
      requireRows(this.expected, count);
      this.bytesPerExample = ((await peakOfCall(runner)).bytes + given) / count;
    } finally {
      batch.dispose();
    }
  }

  async try(size: number): Promise<void> {
    const reason = this.knownReason(size);
    if (reason !== undefined) {
      this.failed.push({ size, reason });
      return;
    }
    const batch = this.examples.batch(size);
    try {
      const runner = runnerOf(this.candidate, batch.inputs);
      const { count } = this.examples;
      const outputs = await runner.outputs();
      requireSameRows(nameOf(size), this.expected, outputs, {
        count,
        size,
        tolerance: this.bounds.tolerance,
      });
      this.running.set(size, runner);
      this.batches.push(batch);
    } catch (error) {
      batch.dispose();
      this.cause = error;
      if (isOutOfMemory(error)) this.tooLarge = size;
      this.failed.push({ size, reason: reasonOf(error) });
    }
  }

  requireOne(): void {
    if (this.running.size > 0) return;
    fail('model/run', {
      subject: 'batch sizes',
      expected: 'at least one that runs',
      got: this.failed.map(({ size, reason }) => `${size}: ${reason}`).join('; '),
      cause: this.cause,
    });
  }

  dispose(): void {
    for (const batch of this.batches) batch.dispose();
  }

  /** Why a size cannot run, where that is known without trying. */
  private knownReason(size: number): string | undefined {
    const { fixed } = this.examples;
    if (fixed !== undefined && fixed.size !== size) {
      const examples = fixed.size === 1 ? '1 example' : `${fixed.size} examples`;
      return `input '${fixed.key}' takes ${examples} at a time, no other number`;
    }
    if (this.tooLarge !== undefined) return `a batch of ${this.tooLarge} ran out of memory`;
    const wanted = size * this.bytesPerExample;
    const { bytes, of } = roomLeft(this.bounds.machineBytes);
    if (wanted <= bytes) return undefined;
    return `it would take about ${gigabytes(wanted)} more memory, and ${of} has room for ${gigabytes(bytes)}`;
  }
}

const nameOf = (size: number): string => `batch of ${size}`;

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (isOptimizeError(error) && error.code === 'aborted') throw error;
  return text.split('\n')[0] ?? text;
}

/**
 * Whether an error, or its cause, says that memory ran out, as TensorFlow ("OOM when allocating", "ran out of memory",
 * RESOURCE_EXHAUSTED), CUDA (`CUDA_ERROR_OUT_OF_MEMORY`, `CUDNN_STATUS_ALLOC_FAILED`), WebGPU and JavaScript do.
 */
export function isOutOfMemory(error: unknown): boolean {
  const chain = [];
  for (let each = error; each instanceof Error && chain.length < 10; each = each.cause)
    chain.push(each.message);
  return chain.some((text) =>
    /\bOOM\b|out of memory|out_of_memory|resource.?exhausted|alloc_failed|allocation failed|bad_alloc/i.test(
      text,
    ),
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function recordOf(
  sizes: readonly number[],
  times: Readonly<Record<string, Timing>>,
  failed: BatchSweepRecord['failed'],
): BatchSweepRecord {
  const rates = sizes.map((size) => {
    const { median, low, high } = times[nameOf(size)] as Timing;
    return { size, ms: median, low, high, throughput: (1000 * size) / median };
  });
  const [first] = rates;
  const batches = rates.map((each) => ({ ...each, speedup: each.throughput / (first?.throughput ?? 1) }));
  return { batches, ...bestOf(batches), failed };
}

/** The size of the best throughput, and the smallest within 5 % of it. */
export function bestOf(
  batches: readonly { readonly size: number; readonly throughput: number }[],
): Pick<BatchSweepRecord, 'best' | 'smallestGood'> {
  const best = batches.reduce((a, b) => (b.throughput > a.throughput ? b : a));
  const good = batches.filter(({ throughput }) => throughput >= NEAR_BEST * best.throughput);
  return { best: best.size, smallestGood: Math.min(...good.map(({ size }) => size)) };
}
