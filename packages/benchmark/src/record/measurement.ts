import * as v from 'valibot';
import { amount, count, flag, list, maybe, number, object, sizes, some, text, whole } from './shape.js';

/** Version of the form of measurements and comparisons; grows when a field changes its meaning or goes. */
export const RECORD_VERSION = 1;

/** What a figure was measured on. */
export const MACHINE = object({
  cpu: text,
  cores: count,
  /** 0 where it is not known. */
  memoryBytes: amount,
  /** Engine with its version: `Node 20.19.0 (V8 11.3)`, or a browser's user agent. */
  engine: text,
  platform: text,
  tfjs: text,
  backend: text,
  /** What the backend computes on, where it was started by `backend.use` and that could be found out. */
  device: maybe(text),
});
export interface Machine extends v.InferOutput<typeof MACHINE> {}

/** An input that was measured with. */
export const INPUT = object({ key: text, dtype: text, shape: sizes });
export interface InputRecord extends v.InferOutput<typeof INPUT> {}

/** How samples lie; all but `n` in the samples' unit. Percentiles are interpolated linearly. */
export const DISTRIBUTION = object({
  n: count,
  min: amount,
  p50: amount,
  p75: amount,
  p90: amount,
  p95: amount,
  p99: amount,
  max: amount,
  mean: amount,
  /** Sample standard deviation (n - 1); 0 for one sample. */
  sd: amount,
  /** Median absolute deviation from the median, unscaled. */
  mad: amount,
});
export interface Distribution extends v.InferOutput<typeof DISTRIBUTION> {}

/** A value with the ends of its 95 % confidence interval. */
export const INTERVAL = object({ value: number, low: number, high: number });

/** Times of one candidate on one machine: whoever has several of the same kind may merge them. */
export const MEASUREMENT = object({
  version: v.literal(RECORD_VERSION),
  name: text,
  machine: MACHINE,
  inputs: list(INPUT),
  /** Examples in a call: the size of the inputs' first axis, 1 where they do not agree. */
  examples: count,
  /** Milliseconds of the very first call, which uploads weights and compiles kernels. */
  firstCallMs: amount,
  /** What ran before anything was timed; `stable` says whether times had stopped falling. */
  warmUp: object({ calls: count, ms: amount, stable: flag }),
  /** Calls in a sample: quick candidates are called several times between two readings of the clock. */
  callsPerSample: count,
  /** Milliseconds a call, one sample a round, in the order in which they were taken. */
  samples: some(amount),
  latency: DISTRIBUTION,
  /** Examples a second, at the median. */
  throughput: amount,
  /** Milliseconds of kernels alone, where the backend has timers of its own (WebGL and WebGPU queries). */
  kernel: maybe(DISTRIBUTION),
});
export interface Measurement extends v.InferOutput<typeof MEASUREMENT> {}

/** How far a candidate's outputs lie from the baseline's; see `compareOutputs` of the core package. */
export const DIFFERENCE = object({
  max: amount,
  mean: amount,
  /** The largest difference as a share of the largest magnitude of the baseline's output; the difference itself where that is 0. */
  relative: amount,
  /** Elements of which one or both are NaN, or that are not the same infinity. */
  incomparable: count,
});
export interface DifferenceRecord extends v.InferOutput<typeof DIFFERENCE> {}

/** Shapes of outputs, the baseline's and a candidate's, where they differ by design. */
export const OUTPUT_SHAPES = object({ baseline: list(sizes), own: list(sizes) });
export interface OutputShapes extends v.InferOutput<typeof OUTPUT_SHAPES> {}

/** What an interval for the ratio of two medians says. */
export const VERDICT = v.picklist(['faster', 'slower', 'no difference']);
export type Verdict = v.InferOutput<typeof VERDICT>;

/** Candidates measured by turns, each held against the first. */
export const COMPARISON = object({
  version: v.literal(RECORD_VERSION),
  seed: whole,
  /** Whether each candidate ran in a process of its own. */
  isolated: flag,
  /** In how many processes each ran, one after the other; absent where all ran in one. */
  processes: maybe(count),
  /** Largest relative difference that counts as computing the same. */
  tolerance: amount,
  /** The first is the baseline. */
  measurements: list(MEASUREMENT),
  /** The others, in the same order. */
  against: list(
    object({
      name: text,
      /** How many times faster than the baseline. */
      speedup: INTERVAL,
      /** The same of each process by itself; absent where all ran in one. */
      speedups: maybe(list(amount)),
      verdict: VERDICT,
      /** Over the outputs that hold as many values as the baseline's; absent where none does. */
      difference: maybe(DIFFERENCE),
      /** Absent where shapes are the same. */
      shapes: maybe(OUTPUT_SHAPES),
    }),
  ),
});
export interface Comparison extends v.InferOutput<typeof COMPARISON> {}
