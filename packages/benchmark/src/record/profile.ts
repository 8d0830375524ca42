import * as v from 'valibot';
import { MACHINE, RECORD_VERSION } from './measurement.js';
import { amount, count, flag, list, maybe, number, object, text } from './shape.js';

/** Time of one node, over all calls that were profiled. */
export const NODE_TIME = object({
  name: text,
  op: text,
  layer: text,
  /** Kernels it called, in order; of a node inside a loop those of its first turn. */
  kernels: list(text),
  /** Milliseconds a call of the model: its kernels and what the executor does around them. */
  ms: amount,
  /** The part of `ms` that passes inside kernels. */
  kernelMs: amount,
  /** Nodes of the model that this one stands for, where the backend runs several as one. */
  members: maybe(list(text)),
});
export interface NodeTimeRecord extends v.InferOutput<typeof NODE_TIME> {}

/** Time of all nodes of an op type or a layer. */
export const GROUP_TIME = object({ name: text, nodes: count, ms: amount });
export interface GroupTimeRecord extends v.InferOutput<typeof GROUP_TIME> {}

/** One node of one call. */
export const SPAN = object({ name: text, op: text, layer: text, startMs: amount, ms: amount });
export interface SpanRecord extends v.InferOutput<typeof SPAN> {}

/**
 * Where the time of a model goes. All milliseconds are means over the middle half of the calls by
 * duration: a disturbed call does not count, and the times of nodes, ops and layers add up.
 */
export const PROFILE = object({
  version: v.literal(RECORD_VERSION),
  machine: MACHINE,
  /** Calls that were profiled. */
  calls: count,
  /** A call that is not profiled, one that is, and the sum of its nodes. */
  wholeMs: amount,
  profiledMs: amount,
  sumMs: amount,
  /** Slowest first. */
  nodes: list(NODE_TIME),
  ops: list(GROUP_TIME),
  layers: list(GROUP_TIME),
  /** The call of median duration, node by node. */
  timeline: list(SPAN),
});
export interface ProfileRecord extends v.InferOutput<typeof PROFILE> {}

/** Memory of one candidate. */
export const MEMORY = object({
  /** Bytes and tensors held by weights and the like before a call. */
  heldBytes: amount,
  heldTensors: count,
  /** Most bytes and tensors that TensorFlow.js held during a call, above those before it. */
  peakBytes: amount,
  peakTensors: count,
  /** Left behind by each call, outputs disposed of. */
  leakedBytes: number,
  leakedTensors: number,
  /** Most memory of a process that loads and runs this candidate alone; absent where no child ran. */
  processPeakBytes: maybe(amount),
  /** Size of WebAssembly's linear memory after the calls, on the wasm backend. */
  wasmHeapBytes: maybe(amount),
});
export interface MemoryRecord extends v.InferOutput<typeof MEMORY> {}

/** Batch sizes and what each gives. */
export const BATCH_SWEEP = object({
  /** Those that ran, smallest first. */
  batches: list(
    object({
      size: count,
      /** Milliseconds of a batch: median, 10th and 90th percentile. */
      ms: amount,
      low: amount,
      high: amount,
      /** Examples a second, at the median; and how many times that of the smallest batch. */
      throughput: amount,
      speedup: maybe(amount),
    }),
  ),
  /** The size of the best throughput, and the smallest within 5 % of it. */
  best: count,
  smallestGood: count,
  /** Sizes that could not run, with the reason. */
  failed: list(object({ size: count, reason: text })),
});
export interface BatchSweepRecord extends v.InferOutput<typeof BATCH_SWEEP> {}

/** One backend, tried. */
export const BACKEND_TRIAL = object({
  name: text,
  /** Whether its arithmetic runs on a graphics processor; where it was not measured, whether it would. */
  gpu: flag,
  outcome: v.picklist(['measured', 'missing', 'failed']),
  /** Why it was not measured, or what is unusual about how it was. */
  reason: maybe(text),
});
export interface BackendTrialRecord extends v.InferOutput<typeof BACKEND_TRIAL> {}

/** Scores of one model on labelled examples. */
export const QUALITY = object({
  examples: count,
  scores: list(object({ name: text, value: number, higherIsBetter: flag })),
  /** Examples of which an output is NaN; they count as wrong. Absent where there are none. */
  notANumber: maybe(count),
  /** A row for each true class, a column for each predicted one. */
  confusion: maybe(object({ labels: list(text), counts: list(list(count)) })),
});
export interface QualityRecord extends v.InferOutput<typeof QUALITY> {}
