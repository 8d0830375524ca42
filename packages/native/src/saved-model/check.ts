import { fail, type Model } from '@tfjs-optimize/core';
import { refuseStrings } from './graph.js';

/** Refuses what no SavedModel of ours can hold, before any work is done. */
export function checkModel(model: Model): void {
  if (model.stage === 'integer') {
    fail('model/stage', {
      subject: 'saving as a SavedModel',
      expected: 'a model of floats',
      got: 'one of integers, whose ops TensorFlow does not have',
      advice:
        'Save the model as it was before it was quantized; weights stored in 8 or 16 bits are no hindrance',
    });
  }
  for (const port of [...model.signature.inputs, ...model.signature.outputs]) {
    if (port.dtype === 'string') refuseStrings(`'${port.key}'`);
  }
}
