import {
  fail,
  isLayersModel,
  isModel,
  loadModel,
  type LayersOptions,
  type Model,
  type ModelSource,
} from '@tfjs-optimize/core';
import { floatModel } from '../targets/model.js';

/** What channels are removed from: a model, or anything that `loadModel` reads. */
export type ChannelSource = Model | ModelSource;

/** The float model that was given, the graph of layers with the masks that they have, or what `loadModel` makes of it. */
export async function floatModelOf(
  source: ChannelSource,
  options: LayersOptions,
  subject: string,
): Promise<Model<'float'>> {
  if (isLayersModel(source)) return floatModel(source, options, subject);
  const model = isModel(source) ? source : await loadModel(source);
  if (model.stage !== 'float') {
    fail('model/stage', {
      subject,
      expected: 'a model of floats',
      got: 'one that is integer already',
      advice: 'Remove channels from the float model that it was made of, and quantize the result',
    });
  }
  return model as Model<'float'>;
}
