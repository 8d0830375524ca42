import { fail, isModel, loadModel, type Model, type ModelSource } from '@tfjs-optimize/core';
import { isTrainingOp } from './training/ops.js';

/** What the functions of this package take: a model, or anything that `loadModel` reads. */
export type ModelLike = Model | ModelSource;

/** A model as it is, or what `loadModel` makes of what was given. */
export async function modelOf(source: ModelLike): Promise<Model> {
  return isModel(source) ? source : loadModel(source);
}

/** Refuses what is integer already, and what is no model of core at all. */
export function requireFloat(model: Model, subject: string): void {
  requireModel(model, subject);
  if (model.stage === 'float') return;
  fail('model/stage', {
    subject,
    expected: 'a model of floats',
    got: 'one that is integer already',
    advice: 'Quantize the float model that it was made of, and keep that',
  });
}

/** Refuses paths and models of TensorFlow.js where a function takes none. */
export function requireModel(model: Model, subject: string): void {
  if (isModel(model)) return;
  fail('argument/invalid', {
    subject,
    expected: 'a model of @tfjs-optimize/core',
    got: typeof model === 'string' ? `'${String(model)}'` : 'something else',
    advice: 'Give what loadModel makes of a path, a LayersModel or a GraphModel',
  });
}

/** Refuses what is trained with fake quantization: its integer model is made otherwise. */
export function refuseFakeQuant({ graph }: Model, subject: string): void {
  if (![...graph].some(({ op }) => isTrainingOp(op))) return;
  fail('model/stage', {
    subject,
    expected: 'a model without fake quantization',
    got: 'one that has it',
    advice: 'Make its integer model by quantizeTrained, or take it out by withoutFakeQuant first',
  });
}
