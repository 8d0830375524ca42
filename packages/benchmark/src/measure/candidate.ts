import type { Model, StockGraphModel } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';

/** What can be measured: a model of any kind, or a function. */
export type Candidate = Model | tf.LayersModel | StockGraphModel | CandidateFunction;

/**
 * A function to measure. It gets the inputs as a list, in the order in which they were given, and they stay
 * the caller's. What it returns is waited for and disposed of; tensors that it makes and does not return it
 * has to dispose of itself (`tf.tidy`).
 */
export type CandidateFunction = (inputs: tf.Tensor[]) => FunctionOutputs | Promise<FunctionOutputs>;

/** Tensors, a plain number (an output of shape []), or nothing. */
export type FunctionOutputs =
  tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>> | number | undefined;

/** What a candidate is called unless told: a function's own name, or `model`. */
export function nameOf(candidate: unknown): string {
  return typeof candidate === 'function' ? candidate.name || 'function' : 'model';
}
