import { fail, type ModelInputs } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { runnerOf } from '../measure/runner.js';
import { shapeText, type Scored } from './metric.js';

/**
 * The values of one output of a model on a batch.
 * @param output its key; the only one unless given.
 * @param subject what the model is called in errors.
 */
export async function predict(
  model: Candidate,
  xs: ModelInputs,
  output: string | undefined,
  subject: string,
): Promise<Scored> {
  const outputs = await runnerOf(model, xs).outputs();
  const keys = outputs.map(({ key }) => `'${key}'`).join(', ') || 'none';
  if (output === undefined && outputs.length !== 1) {
    fail('argument/missing', {
      subject,
      expected: 'the key of the output to score, since there is more than one',
      got: 'none',
      advice: `Give {output} as one of ${keys}`,
    });
  }
  const found = output === undefined ? outputs[0] : outputs.find(({ key }) => key === output);
  if (found === undefined) {
    return fail('argument/invalid', {
      subject: `output of the ${subject}`,
      expected: `one of ${keys}`,
      got: `'${output}'`,
    });
  }
  if (found.shape.length === 0 || typeof found.values[0] === 'string') {
    fail('quality/output', {
      subject: `output '${found.key}' of the ${subject}`,
      expected: 'numbers for each example of the batch',
      got: typeof found.values[0] === 'string' ? 'strings' : shapeText(found),
    });
  }
  return { shape: found.shape, values: found.values as ArrayLike<number> };
}
