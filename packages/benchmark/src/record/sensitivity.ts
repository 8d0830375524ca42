import * as v from 'valibot';
import { count, list, maybe, number, object, some, text } from './shape.js';

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
