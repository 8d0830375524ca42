import * as v from 'valibot';
import { count, list, maybe, number, object, share, some, text } from './shape.js';

/** What quantizing one layer alone does to the outputs of a model. */
export const LAYER_SENSITIVITY = object({
  layer: text,
  /** Its nodes that are quantized. */
  nodes: list(text),
  op: text,
  /** Signal to quantization noise of the model's outputs, in dB; null where there is no noise. Less is worse. */
  sqnr: v.nullable(number),
  /** Cosine between an example's outputs and those of the float model, on average: -1 to 1. */
  cosine: maybe(v.pipe(v.number(), v.minValue(-1), v.maxValue(1))),
  /** How far the score falls, in its own units; below 0 where it rises. */
  drop: maybe(number),
});
export interface LayerSensitivityRecord extends v.InferOutput<typeof LAYER_SENSITIVITY> {}

/** How layers take being quantized, as `sensitivity` of `@tfjs-optimize/quantization` tells it. */
export const SENSITIVITY = object({
  /** Worst first. */
  layers: some(LAYER_SENSITIVITY),
  examples: count,
  bits: count,
  /** Of the float model. */
  score: maybe(number),
});
export interface SensitivityRecord extends v.InferOutput<typeof SENSITIVITY> {}

/** What pruning one layer alone by one ratio does to a model. */
export const SENSITIVITY_POINT = object({
  /** The share that was asked for. */
  ratio: share,
  /** The share of the layer that is gone. */
  pruned: share,
  /** How far the score falls, in its own units, below 0 where it rises; null where it is no number any more. */
  drop: maybe(v.nullable(number)),
  /** Signal to noise of the model's outputs, in dB; null where there is no noise. Less is worse. */
  snr: maybe(v.nullable(number)),
  /** Cosine between an example's outputs and those of the unpruned model, on average: -1 to 1. */
  cosine: maybe(v.pipe(v.number(), v.minValue(-1), v.maxValue(1))),
});
export interface SensitivityPointRecord extends v.InferOutput<typeof SENSITIVITY_POINT> {}

/** What pruning one layer alone does, by ratio. */
export const SENSITIVITY_CURVE = object({
  layer: text,
  op: text,
  /** Weights or channels of the layer. */
  size: count,
  /** By rising ratio. */
  points: some(SENSITIVITY_POINT),
});
export interface SensitivityCurveRecord extends v.InferOutput<typeof SENSITIVITY_CURVE> {}

/** How layers take being pruned, as `sensitivity` of `@tfjs-optimize/pruning` tells it. */
export const SENSITIVITY_CURVES = object({
  /** What is pruned. */
  kind: v.picklist(['weights', 'channels']),
  /** Worst first. */
  layers: some(SENSITIVITY_CURVE),
  /** Examples that outputs were compared on. */
  examples: maybe(count),
  /** Of the unpruned model. */
  score: maybe(number),
});
export interface SensitivityCurvesRecord extends v.InferOutput<typeof SENSITIVITY_CURVES> {}
