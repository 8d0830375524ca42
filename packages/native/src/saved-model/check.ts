import { fail, type Model } from '@tfjs-optimize/core';

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

/** Says that strings cannot be written. */
export function refuseStrings(subject: string): never {
  return fail('native/string', {
    subject,
    expected: 'numbers',
    got: 'strings, which are not written',
    advice: 'Turn text into numbers outside of the model',
  });
}
