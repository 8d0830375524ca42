import { isModel, loadModel, type Model, type ModelSource } from '@tfjs-optimize/core';

/** What the functions of this package take: a model, or anything that `loadModel` reads. */
export type ModelLike = Model | ModelSource;

/** A model as it is, or what `loadModel` makes of what was given. */
export async function modelOf(source: ModelLike): Promise<Model> {
  return isModel(source) ? source : loadModel(source);
}
