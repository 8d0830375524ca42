import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { isGraphModel, isLayersModel, isModel } from '../kinds.js';
import type { Model } from '../model.js';
import { traceLayersModel, type TraceLayersOptions } from '../trace/index.js';
import { writeBack } from '../write-back.js';

/** How a layers model is traced. */
export interface LayersOptions {
  /**
   * Of a layers model: shapes that replace those of its inputs, by name; null keeps a size unknown. Recurrent layers
   * need the length of their sequences: `{ tokens: [null, 40] }`.
   */
  readonly inputShapes?: TraceLayersOptions['inputShapes'];
}

/** A model of either kind as a graph. */
export interface EitherModel {
  readonly model: Model;
  /** Writes weights back where the model has layers, and gives these. */
  readonly layersWith: ((trained: Model) => tf.LayersModel) | undefined;
}

/** Traces a layers model, and leaves a graph as it is. */
export function eitherModel(model: Model | tf.LayersModel, { inputShapes }: LayersOptions): EitherModel {
  if (isLayersModel(model)) {
    const how = inputShapes === undefined ? {} : { inputShapes };
    return {
      model: traceLayersModel(model, how),
      layersWith: (trained) => writeBack(trained, model, how),
    };
  }
  if (!isModel(model)) {
    fail('argument/invalid', {
      subject: 'model',
      expected: 'a Model of this package or a layers model',
      got: isGraphModel(model) ? 'a graph model of TensorFlow.js' : model === null ? 'null' : typeof model,
      advice: 'Read it with loadModel',
    });
  }
  if (inputShapes !== undefined) {
    fail('argument/invalid', {
      subject: 'inputShapes',
      expected: 'none for a Model, whose sizes are those of its graph',
      got: `shapes of ${Object.keys(inputShapes).join(', ') || 'no input'}`,
      advice: 'Give them where the model is traced, or train the layers model',
    });
  }
  return { model, layersWith: undefined };
}
