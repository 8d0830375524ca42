import * as v from 'valibot';
import { MACHINE } from './measurement.js';
import { amount, count, list, maybe, number, object, share, sizes, text } from './shape.js';

const WEIGHT_BYTES = object({
  /** As they stand in files, as gzip makes of these (each layer by itself), and in memory. */
  stored: amount,
  gzip: amount,
  memory: amount,
});

/** Arithmetic of one node in one run; conventions are those of `cost` of the core package. */
export const NODE_COST = object({
  name: text,
  op: text,
  layer: text,
  parameters: count,
  macs: amount,
  flops: amount,
  /** Bytes of its outputs. */
  activationBytes: amount,
  /** Bytes that it reads and writes: inputs, weights, outputs; none where it hands its input on. */
  movedBytes: amount,
  /** Floating-point operations for each byte moved; absent where none is moved. */
  intensity: maybe(amount),
  /** Why its arithmetic is not counted. */
  uncounted: maybe(text),
});
export interface NodeCostRecord extends v.InferOutput<typeof NODE_COST> {}

/** What a layer costs: the sums of its nodes, and its weights. */
export const LAYER_COST = object({
  name: text,
  /** Ops of its nodes, in the order of execution. */
  ops: list(text),
  parameters: count,
  nonZeroParameters: count,
  /** Share of its parameters that are zero; absent without parameters. */
  sparsity: maybe(share),
  weightBytes: WEIGHT_BYTES,
  macs: amount,
  flops: amount,
  activationBytes: amount,
  movedBytes: amount,
  intensity: maybe(amount),
});
export interface LayerCostRecord extends v.InferOutput<typeof LAYER_COST> {}

/** What a model costs. */
export const COST = object({
  parameters: count,
  nonZeroParameters: count,
  weightBytes: WEIGHT_BYTES,
  /** Bytes of the model's files: all of them, and each compressed by gzip, as web servers send them. */
  fileBytes: amount,
  gzipBytes: amount,
  /** Whether the model was loaded from these files, or they are those that saving it would make. */
  files: v.picklist(['loaded', 'saving']),
  nodeCount: count,
  macs: amount,
  flops: amount,
  activationBytes: amount,
  /** Most bytes of activations alive at once, and the node at which that is. */
  peakActivationBytes: amount,
  peakNode: maybe(text),
  nodes: list(NODE_COST),
  layers: list(LAYER_COST),
});
export interface CostRecord extends v.InferOutput<typeof COST> {}

/** What this machine reaches on the present backend. */
export const ROOFLINE = object({
  machine: MACHINE,
  /** Floating-point operations a second of large matrix products or convolutions, whichever are faster. */
  flopsPerSecond: amount,
  /** Bytes a second that elementwise ops on large buffers read and write. */
  bytesPerSecond: amount,
});
export interface RooflineRecord extends v.InferOutput<typeof ROOFLINE> {}

/** How near a layer comes to what the machine could do (Williams, Waterman and Patterson 2009). */
export const LAYER_LIMIT = object({
  name: text,
  ms: amount,
  /** Milliseconds that the machine's rates allow at best, node after node. */
  limitMs: amount,
  /** `limitMs / ms`; above 1 where data stayed in caches that the memory rate does not see. */
  reached: amount,
  bound: v.picklist(['arithmetic', 'memory']),
});
export interface LayerLimitRecord extends v.InferOutput<typeof LAYER_LIMIT> {}

/** How the values of a weight lie. */
export const HISTOGRAM = object({
  name: text,
  layer: text,
  shape: sizes,
  /**
   * Where the first bin begins and the last one ends: the smallest and the largest value that is counted,
   * or half of the only one to either side of it.
   */
  low: number,
  high: number,
  /** Values in bins of equal width. Zeros stand apart, since those of a pruned weight would hide the rest. */
  counts: list(count),
  zeros: count,
  /** NaN and infinities. */
  notFinite: count,
});
export interface HistogramRecord extends v.InferOutput<typeof HISTOGRAM> {}

/**
 * Where the zeros of a weight are: the share of zeros in blocks of its matrix form, which has a row for
 * each output channel and a column for each value that goes into one.
 */
export const SPARSITY_MAP = object({
  name: text,
  layer: text,
  shape: sizes,
  rows: count,
  columns: count,
  /** Row by row, `rows * columns` shares of zeros. */
  zeros: list(share),
});
export interface SparsityMapRecord extends v.InferOutput<typeof SPARSITY_MAP> {}
