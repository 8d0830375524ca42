import { fail, isModel, loadModel, type Model } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';

/** A model whose nodes can be told apart: not a function. */
export type ModelLike = Model | tf.LayersModel | tf.GraphModel;

/**
 * Works on a candidate as a graph with named nodes. A layers model is traced; what is made for the work
 * is disposed of.
 * @param what names the work in messages.
 * @throws `argument/invalid` for a function.
 */
export async function withModel<T>(
  candidate: ModelLike,
  what: string,
  work: (model: Model) => Promise<T>,
): Promise<T> {
  if (isModel(candidate)) return work(candidate);
  if (typeof candidate === 'function') {
    fail('argument/invalid', {
      subject: what,
      expected: 'a model, whose nodes have names',
      got: 'a function',
      advice: 'Make a model of it with traceFunction(fn, samples)',
    });
  }
  const model = await loadModel(candidate);
  try {
    return await work(model);
  } finally {
    model.dispose();
  }
}
